import { attributeTypes, dataTypes } from './schema.js';

/** Attributes of a node: whole numbers, lists of them, or a float as `{ float }`. */
export type Attributes = Readonly<Record<string, number | readonly number[] | { readonly float: number }>>;

/** Collects nodes and constants in the order in which they are computed. Methods return the name of what they add. */
export class OnnxGraph {
  readonly nodes: object[] = [];
  readonly initializers: object[] = [];

  /** A node with one output, which has the node's name. */
  node(opType: string, name: string, input: readonly string[], attributes: Attributes = {}): string {
    this.nodes.push({ opType, name, input, output: [name], attribute: Object.entries(attributes).map(toAttribute) });
    return name;
  }

  floats(name: string, dims: readonly number[], values: Float32Array): string {
    const rawData = littleEndian(values);
    this.initializers.push({ name, dims, dataType: dataTypes.float, rawData });
    return name;
  }

  integers(name: string, values: readonly number[]): string {
    const rawData = new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
    this.initializers.push({ name, dims: [values.length], dataType: dataTypes.int64, rawData });
    return name;
  }
}

function toAttribute([name, value]: [string, Attributes[string]]): object {
  if (typeof value === 'number') return { name, i: value, type: attributeTypes.int };
  if ('float' in value) return { name, f: value.float, type: attributeTypes.float };
  return { name, ints: value, type: attributeTypes.ints };
}

/** The format is little-endian, as is every machine that Node runs on. */
function littleEndian(values: Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
