// Sets the clock of a process wrong: `node --import shift-clock.mjs`, with CLOCK_SHIFT_MS in its environment. Timers are not concerned, as with a
// wrong system clock.
const shiftMs = Number(process.env.CLOCK_SHIFT_MS ?? 0);
const RealDate = Date;
globalThis.Date = class extends RealDate {
  constructor(...args) {
    if (args.length === 0) super(RealDate.now() + shiftMs);
    else super(...args);
  }

  static now() {
    return RealDate.now() + shiftMs;
  }
};
