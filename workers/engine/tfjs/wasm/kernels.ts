import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { InputError } from '../../../../search/base/errors.js';

/** An address in the backend's memory, in bytes. 0 is no tensor's address and stands for an absent operand. */
export type Address = number;

/** What assembly/index.ts exports; the sources there say what each kernel computes and in which layout. */
export interface Kernels {
  readonly CONSTANT_BYTES: { readonly value: number };
  readonly MULTIPLY_SCRATCH: { readonly value: number };
  initialise(constants: Address): void;
  activate(x: Address, y: Address, count: number, kind: number): void;
  activateGradient(x: Address, dy: Address, dx: Address, count: number, kind: number): void;
  packPanels(
    b: Address,
    packed: Address,
    rows: number,
    columns: number,
    rowStride: number,
    columnStride: number,
    inner: number,
    innerStart: number,
  ): void;
  multiplyPacked(
    a: Address,
    packed: Address,
    c: Address,
    rows: number,
    inner: number,
    columns: number,
    aStride: number,
    cStride: number,
    bias: Address,
    scratch: Address,
  ): void;
  multiplyTransposedAdd(
    a: Address,
    b: Address,
    c: Address,
    rows: number,
    inner: number,
    columns: number,
    aStride: number,
    bStride: number,
  ): void;
  transpose(a: Address, t: Address, rows: number, columns: number): void;
  conv2d(
    x: Address,
    packed: Address,
    y: Address,
    window: Address,
    first: number,
    end: number,
    bias: Address,
    columns: Address,
    block: number,
    scratch: Address,
  ): void;
  conv2dFilterGradient(
    x: Address,
    dy: Address,
    dFilter: Address,
    window: Address,
    first: number,
    end: number,
    columns: Address,
    block: number,
  ): void;
  conv2dInputGradient(
    dy: Address,
    packed: Address,
    dx: Address,
    window: Address,
    columns: Address,
    block: number,
    scratch: Address,
  ): void;
  depthwiseFixedBytes(): number;
  depthwiseBytes(window: Address, scratch: Address): number;
  depthwisePrepare(filter: Address, window: Address, scratch: Address): void;
  depthwise(x: Address, y: Address, window: Address, scratch: Address, images: number, fromMemory: number): void;
  depthwiseGradient(
    x: Address,
    dy: Address,
    dx: Address,
    window: Address,
    scratch: Address,
    images: number,
    fromMemory: number,
  ): void;
  depthwiseFilterSums(dFilter: Address, window: Address, scratch: Address): void;
  depthwiseMultiplied(x: Address, filter: Address, y: Address, window: Address, direction: number): void;
  gateGradient(gate: Address, d: Address, count: number): void;
  columnSums(x: Address, y: Address, rows: number, channels: number): void;
  imageSums(
    x: Address,
    other: Address,
    y: Address,
    batch: number,
    pixels: number,
    channels: number,
    factor: number,
  ): void;
  imageScale(
    x: Address,
    scale: Address,
    shift: Address,
    factor: number,
    y: Address,
    batch: number,
    pixels: number,
    channels: number,
  ): void;
  addMoments(x: Address, rows: number, channels: number, origin: Address, block: Address, doubles: Address): void;
  meanAndVariance(
    doubles: Address,
    origin: Address,
    rows: number,
    channels: number,
    mean: Address,
    variance: Address,
  ): void;
  runningAverage(target: Address, value: Address, count: number, keep: number, factor: number): void;
  scaleAndShift(
    mean: Address,
    variance: Address,
    gamma: Address,
    beta: Address,
    epsilon: number,
    channels: number,
    scale: Address,
    shift: Address,
  ): void;
  normalise(x: Address, scale: Address, shift: Address, y: Address, rows: number, channels: number, kind: number): void;
  addGradientSums(
    x: Address,
    dy: Address,
    scale: Address,
    shift: Address,
    mean: Address,
    g: Address,
    rows: number,
    channels: number,
    kind: number,
    block: Address,
    doubles: Address,
  ): void;
  gradientCoefficients(
    doubles: Address,
    mean: Address,
    variance: Address,
    gamma: Address,
    epsilon: number,
    rows: number,
    channels: number,
    training: number,
    dGamma: Address,
    dBeta: Address,
    coefficients: Address,
  ): void;
  normaliseWithSlope(
    x: Address,
    scale: Address,
    shift: Address,
    y: Address,
    slope: Address,
    rows: number,
    channels: number,
    kind: number,
  ): void;
  multiplyWithSums(
    x: Address,
    dy: Address,
    slope: Address,
    mean: Address,
    g: Address,
    rows: number,
    channels: number,
    block: Address,
    doubles: Address,
  ): void;
  combineGradient(x: Address, g: Address, coefficients: Address, dx: Address, rows: number, channels: number): void;
  sgdStep(w: Address, g: Address, v: Address, count: number, rate: number, momentum: number, decay: number): void;
  rmspropStep(
    w: Address,
    g: Address,
    v: Address,
    s: Address,
    count: number,
    rate: number,
    momentum: number,
    decay: number,
    rho: number,
    epsilon: number,
  ): void;
  averageStep(average: Address, w: Address, count: number, keep: number): void;
  maxPool(x: Address, y: Address, window: Address): void;
  maxPoolGradient(x: Address, dy: Address, dx: Address, window: Address): void;
  averagePool(x: Address, y: Address, window: Address, gradient: number): void;
}

export type SimdVariant = 'relaxed-simd' | 'simd';

/** The kernels in the fastest form that this process runs: relaxed SIMD (Node 22, or Node 20, which is told to here) or plain SIMD. */
export function bestVariant(): SimdVariant {
  const binary = readBinary('relaxed-simd');
  // Node 20 has the instructions behind a flag, which is read whenever a module is compiled.
  if (!WebAssembly.validate(binary) && nodeMajor < 22) setFlagsFromString('--experimental-wasm-relaxed-simd');
  return WebAssembly.validate(binary) ? 'relaxed-simd' : 'simd';
}

const nodeMajor = Number.parseInt(process.versions.node, 10);

const modules = new Map<SimdVariant, WebAssembly.Module>();

/** Makes an instance of the kernels that works on this memory. The caller passes the constants' address to `initialise`. */
export function instantiate(variant: SimdVariant, memory: WebAssembly.Memory): Kernels {
  let module = modules.get(variant);
  if (!module) {
    module = new WebAssembly.Module(readBinary(variant));
    modules.set(variant, module);
  }
  return new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as Kernels;
}

/** The build puts the binaries beside this module in dist; run from the sources (as tests do), they are found there too. */
function readBinary(variant: SimdVariant): Uint8Array<ArrayBuffer> {
  const places = [`./kernels/${variant}.wasm`, `../../../../dist/workers/engine/tfjs/wasm/kernels/${variant}.wasm`];
  for (const place of places) {
    const file = fileURLToPath(new URL(place, import.meta.url));
    if (existsSync(file)) return new Uint8Array(readFileSync(file));
  }
  throw new InputError('missing-part', `the compiled kernels (${variant}.wasm) are missing: run npm run build`);
}
