/** The part of the WebAssembly interface that is used here; Node's types lack it and the DOM's bring a browser along. */
declare namespace WebAssembly {
  class Memory {
    readonly buffer: ArrayBuffer;
  }
  class Module {
    constructor(bytes: Uint8Array);
  }
  class Instance {
    constructor(module: Module, imports: Record<string, Record<string, unknown>>);
    readonly exports: unknown;
  }
  function validate(bytes: Uint8Array): boolean;
}
