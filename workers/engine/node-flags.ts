/** Flags of Node for a process that loads an engine: Node 20 has WebAssembly's relaxed SIMD behind one, from 22 on it is there without. */
export function nodeFlags(version: string = process.versions.node): string[] {
  return Number.parseInt(version, 10) < 22 ? ['--experimental-wasm-relaxed-simd'] : [];
}
