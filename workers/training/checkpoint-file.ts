import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { z } from 'zod';
import { writeAtomically } from '../atomic-file.js';

/*
 * One file:
 *   8 bytes   `TRISCKP1`
 *   32 bytes  SHA-256 of all that follows
 *   4 bytes   length of the header, little endian
 *   header    JSON, UTF-8: what is in `CheckpointHeader`
 *   data      the tensors' values one after another, float32, little endian
 */
const magic = Buffer.from('TRISCKP1');
const preludeBytes = magic.length + 32 + 4;

const headerSchema = z.object({
  key: z.string(),
  /** Epochs that are complete. */
  epoch: z.int().min(0),
  epochs: z.array(
    z.object({
      epoch: z.number(),
      trainLoss: z.number(),
      validationLoss: z.number(),
      validationAccuracy: z.number(),
      learningRate: z.number(),
      wallMs: z.number(),
      imagesPerSecond: z.number(),
    }),
  ),
  peakBytes: z.number(),
  tensors: z.array(z.object({ name: z.string(), shape: z.array(z.int().min(0)).readonly() })).readonly(),
});

/** What a checkpoint says of itself beside the tensors. */
export type CheckpointHeader = Readonly<z.infer<typeof headerSchema>>;

export interface Checkpoint {
  readonly header: CheckpointHeader;
  readonly tensors: ReadonlyMap<string, Float32Array>;
}

/** The file is there but is not what was written: cut short, changed, or of another format. */
export class DamagedCheckpoint extends Error {
  override readonly name = 'DamagedCheckpoint';
}

/** Writes a checkpoint atomically. `read` gives the values of a tensor of the header when its turn comes, so that one is in memory at a time. */
export async function writeCheckpoint(
  file: string,
  header: CheckpointHeader,
  read: (name: string) => Promise<Float32Array>,
): Promise<void> {
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(json.length);
  await writeAtomically(file, async (handle) => {
    const hash = createHash('sha256');
    let position = magic.length + 32;
    const append = async (bytes: Uint8Array): Promise<void> => {
      hash.update(bytes);
      await writeAll(handle, bytes, position);
      position += bytes.length;
    };
    await append(length);
    await append(json);
    for (const { name } of header.tensors) await append(bytesOf(await read(name)));
    await writeAll(handle, Buffer.concat([magic, hash.digest()]), 0);
  });
}

/** Reads a checkpoint and checks it; null when there is no file. Throws `DamagedCheckpoint`. */
export async function readCheckpoint(file: string): Promise<Checkpoint | null> {
  let handle: FileHandle;
  try {
    handle = await open(file, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  try {
    return await read(handle);
  } finally {
    await handle.close();
  }
}

async function read(handle: FileHandle): Promise<Checkpoint> {
  const { size } = await handle.stat();
  const prelude = Buffer.alloc(preludeBytes);
  if (size < preludeBytes) throw new DamagedCheckpoint('the file is cut short');
  await readAll(handle, prelude, 0);
  if (!prelude.subarray(0, magic.length).equals(magic)) throw new DamagedCheckpoint('the file has another format');
  const headerBytes = prelude.readUInt32LE(preludeBytes - 4);
  if (headerBytes > size - preludeBytes) throw new DamagedCheckpoint('the file is cut short');
  const json = Buffer.alloc(headerBytes);
  await readAll(handle, json, preludeBytes);
  const hash = createHash('sha256').update(prelude.subarray(-4)).update(json);
  const header = parseHeader(json);
  const tensors = new Map<string, Float32Array>();
  let position = preludeBytes + headerBytes;
  for (const { name, shape } of header.tensors) {
    const count = shape.reduce((product, side) => product * side, 1);
    if (position + 4 * count > size) throw new DamagedCheckpoint('the file is cut short');
    const values = new Float32Array(count);
    await readAll(handle, bytesOf(values), position);
    hash.update(bytesOf(values));
    position += 4 * count;
    tensors.set(name, values);
  }
  const wanted = prelude.subarray(magic.length, magic.length + 32);
  if (position !== size || !hash.digest().equals(wanted))
    throw new DamagedCheckpoint('its checksum does not match its content');
  return { header, tensors };
}

function parseHeader(json: Buffer): CheckpointHeader {
  try {
    return headerSchema.parse(JSON.parse(json.toString('utf8')));
  } catch (error) {
    throw new DamagedCheckpoint('its header cannot be read', { cause: error });
  }
}

function bytesOf(values: Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

async function writeAll(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  let done = 0;
  while (done < bytes.length)
    done += (await handle.write(bytes, done, bytes.length - done, position + done)).bytesWritten;
}

async function readAll(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    const { bytesRead } = await handle.read(bytes, done, bytes.length - done, position + done);
    if (bytesRead === 0) throw new DamagedCheckpoint('the file is cut short');
    done += bytesRead;
  }
}
