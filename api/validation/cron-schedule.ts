/**
 * Whether a schedule can be read: `* /5 * * * *` (without the space), `@hourly`, `@every 90m`. The errors are those of the
 * library that Kubernetes reads them with.
 *
 * Upstream: github.com/robfig/cron/v3 parser.go (ParseStandard), Go's time.ParseDuration
 */
interface Bounds {
  min: number;
  max: number;
  names?: readonly string[];
}

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const days = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

/** Minute, hour, day of month, month, day of week. */
const fields: readonly Bounds[] = [
  { min: 0, max: 59 },
  { min: 0, max: 23 },
  { min: 1, max: 31 },
  { min: 1, max: 12, names: months },
  { min: 0, max: 6, names: days },
];

const descriptors = ['@yearly', '@annually', '@monthly', '@weekly', '@daily', '@midnight', '@hourly'];

/** What is wrong with the schedule; undefined for a good one. */
export function cronScheduleError(text: string): string | undefined {
  const zone = /^(?:CRON_)?TZ=(\S*)\s*(.*)$/.exec(text);
  const schedule = zone ? zone[2]! : text;
  if (schedule === '') return 'empty spec string';
  if (schedule.startsWith('@')) return descriptorError(schedule);
  const parts = schedule.split(/\s+/).filter((part) => part !== '');
  if (parts.length !== fields.length) {
    return `expected exactly ${fields.length} fields, found ${parts.length}: [${parts.join(' ')}]`;
  }
  for (const [i, part] of parts.entries()) {
    for (const range of part.split(',').filter((item) => item !== '')) {
      const error = rangeError(range, fields[i]!);
      if (error) return error;
    }
  }
  return undefined;
}

function descriptorError(text: string): string | undefined {
  if (descriptors.includes(text)) return undefined;
  const every = '@every ';
  if (!text.startsWith(every)) return `unrecognized descriptor: ${text}`;
  const duration = text.slice(every.length);
  if (/^[-+]?(0|((\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h))+)$/.test(duration)) return undefined;
  return `failed to parse duration ${text}: time: invalid duration ${JSON.stringify(duration)}`;
}

/** One item of a field: `*`, `5`, `mon-fri`, `0-30/10`. */
function rangeError(text: string, { min, max, names }: Bounds): string | undefined {
  const [range = '', step, ...moreSteps] = text.split('/');
  const [low = '', high, ...moreHyphens] = range.split('-');
  let [start, end] = [min, max];
  if (low !== '*' && low !== '?') {
    const first = numberOf(low, names, min);
    if (typeof first === 'string') return first;
    const last = high === undefined ? first : numberOf(high, names, min);
    if (moreHyphens.length > 0) return `too many hyphens: ${text}`;
    if (typeof last === 'string') return last;
    start = first;
    end = step !== undefined && high === undefined ? max : last;
  }
  if (moreSteps.length > 0) return `too many slashes: ${text}`;
  const every = step === undefined ? 1 : numberOf(step);
  if (typeof every === 'string') return every;
  if (start < min) return `beginning of range (${start}) below minimum (${min}): ${text}`;
  if (end > max) return `end of range (${end}) above maximum (${max}): ${text}`;
  if (start > end) return `beginning of range (${start}) beyond end of range (${end}): ${text}`;
  return every === 0 ? `step of range should be a positive number: ${text}` : undefined;
}

/** The number, or what is wrong with it. Names count from the field's minimum. */
function numberOf(text: string, names: readonly string[] = [], first = 0): number | string {
  const named = names.indexOf(text.toLowerCase());
  if (named >= 0) return named + first;
  const quoted = JSON.stringify(text);
  if (!/^[-+]?\d+$/.test(text)) {
    return `failed to parse int from ${text}: strconv.Atoi: parsing ${quoted}: invalid syntax`;
  }
  const number = Number(text);
  return number < 0 ? `negative number (${number}) not allowed: ${text}` : number;
}
