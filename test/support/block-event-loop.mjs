// Blocks the event loop of a process for BLOCK_MS, once, a moment after it has begun: `node --import block-event-loop.mjs`.
setTimeout(() => {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(process.env.BLOCK_MS));
}, 100).unref();
