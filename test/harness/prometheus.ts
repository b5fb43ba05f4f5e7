/**
 * Reads Prometheus' text format as strictly as a scraper does: every sample belongs to a family with a type, labels are well
 * formed, no series comes twice, and a histogram's buckets add up.
 */
export interface Sample {
  name: string;
  labels: Record<string, string>;
  value: number;
}

export interface Family {
  name: string;
  type: string;
  help: string;
  samples: Sample[];
}

const sampleLine = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/;
const labelPair = /([a-zA-Z_]\w*)="((?:[^"\\\n]|\\["\\n])*)"(,|$)/y;

/** The families by name. Throws with the line that is wrong. */
export function parseMetrics(text: string): Map<string, Family> {
  const families = new Map<string, Family>();
  const seen = new Set<string>();
  let current: Family | undefined;
  for (const line of text.split('\n')) {
    const [, keyword, name = '', rest = ''] = /^# (HELP|TYPE) (\S+) ?(.*)$/.exec(line) ?? [];
    if (keyword === 'HELP') {
      if (families.has(name)) throw new Error(`the family ${name} comes twice`);
      current = { name, type: 'untyped', help: rest, samples: [] };
      families.set(name, current);
    } else if (keyword === 'TYPE') {
      if (current?.name !== name) throw new Error(`a type without a help: ${line}`);
      current.type = rest;
    } else if (line !== '' && !line.startsWith('#')) {
      const sample = parseSample(line);
      const key = line.slice(0, line.lastIndexOf(' '));
      if (seen.has(key)) throw new Error(`the series comes twice: ${key}`);
      seen.add(key);
      if (!current || !belongs(sample.name, current)) throw new Error(`a sample outside of its family: ${line}`);
      current.samples.push(sample);
    }
  }
  for (const family of families.values()) if (family.type === 'histogram') checkHistogram(family);
  return families;
}

const belongs = (name: string, family: Family): boolean =>
  name === family.name ||
  (['histogram', 'summary'].includes(family.type) &&
    ['_bucket', '_sum', '_count'].some((end) => name === family.name + end));

function parseSample(line: string): Sample {
  const [, name, labelText = '', text = ''] = sampleLine.exec(line) ?? [];
  const value = text === '+Inf' ? Number.POSITIVE_INFINITY : Number(text);
  if (!name || Number.isNaN(value)) throw new Error(`no sample: ${line}`);
  const labels: Record<string, string> = {};
  labelPair.lastIndex = 0;
  for (let at = 0; at < labelText.length; at = labelPair.lastIndex) {
    const [whole, label = '', content = ''] = labelPair.exec(labelText) ?? [];
    if (whole === undefined) throw new Error(`labels are not well formed: ${line}`);
    labels[label] = content;
  }
  return { name, labels, value };
}

/** Of each series: buckets do not fall, and the last is the count. */
function checkHistogram({ name, samples }: Family): void {
  const without = ({ labels: { le: _, ...rest } }: Sample): string => JSON.stringify(Object.entries(rest).sort());
  const counts = new Map(samples.filter((s) => s.name === `${name}_count`).map((s) => [without(s), s.value]));
  const last = new Map<string, number>();
  for (const sample of samples.filter((s) => s.name === `${name}_bucket`)) {
    const key = without(sample);
    if (sample.value < (last.get(key) ?? 0)) throw new Error(`${name}: buckets fall for ${key}`);
    last.set(key, sample.value);
    if (sample.labels['le'] === '+Inf' && sample.value !== counts.get(key)) {
      throw new Error(`${name}: the last bucket is not the count for ${key}`);
    }
  }
}
