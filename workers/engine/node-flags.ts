import v8 from 'node:v8';

/** Flags of Node for a process that loads an engine: Node 20 has WebAssembly's relaxed SIMD behind one, from 22 on it is there without. */
export function nodeFlags(version: string = process.versions.node): string[] {
  return Number.parseInt(version, 10) < 22 ? ['--experimental-wasm-relaxed-simd'] : [];
}

/** Sets these flags in this very process, before it loads an engine: what is trained here then comes out as in a process of a trial. */
export function setNodeFlags(): void {
  for (const flag of nodeFlags()) v8.setFlagsFromString(flag);
}
