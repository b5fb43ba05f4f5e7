/** A wall clock that jumps an hour ahead at each SIGUSR2, for a process that loads this with `--import`. */
const Real = Date;
let aheadMs = 0;

globalThis.Date = new Proxy(Real, {
  construct: (_target, given: [], made) => Reflect.construct(Real, given.length > 0 ? given : [Date.now()], made),
});
const now = Real.now;
Real.now = () => now() + aheadMs;
process.on('SIGUSR2', () => {
  aheadMs += 3_600_000;
});
