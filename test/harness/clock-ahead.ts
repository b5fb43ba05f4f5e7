/** A wall clock that jumps an hour ahead at each SIGUSR2, for a process that loads this with `--import`. */
const now = Date.now;
let aheadMs = 0;
Date.now = () => now() + aheadMs;
process.on('SIGUSR2', () => {
  aheadMs += 3_600_000;
});
