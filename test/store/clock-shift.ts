/**
 * A wall clock that jumps, for a process that loads this with `--import`: at the first SIGUSR2 an hour back, then an hour on from
 * what is true.
 */
const now = Date.now;
let shiftMs = 0;
Date.now = () => now() + shiftMs;
process.on('SIGUSR2', () => {
  shiftMs = shiftMs === 0 ? -3_600_000 : 3_600_000;
  process.stderr.write(`clock shifted by ${shiftMs} ms\n`);
});
