/** For a process that loads this with `--import`: what repeats every minute or more slowly does so a thousand times as often. */
const { setInterval } = globalThis;
const faster = (callback: () => void, ms: number): NodeJS.Timeout =>
  setInterval(callback, ms < 60_000 ? ms : ms / 1000);
globalThis.setInterval = Object.assign(faster, setInterval) as typeof setInterval;
