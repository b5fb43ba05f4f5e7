/**
 * YAML as Kubernetes reads it: YAML 1.1, as manifests have been written since the beginning. `yes`, `on` and `y` are
 * booleans and `0644` is octal; but, as there, timestamps and sexagesimal numbers (`22:30`) stay text, and the result is
 * JSON, so keys are text.
 *
 * Upstream: sigs.k8s.io/yaml, apimachinery/pkg/util/yaml (documents)
 */
import {
  type Document,
  type DocumentOptions,
  isScalar,
  LineCounter,
  type ParseOptions,
  parseAllDocuments,
  type ScalarTag,
  type SchemaOptions,
} from 'yaml';
import { checkObjectCount, type ParsedBody } from './parse-json.ts';

/** Bytes become text, because JSON has nothing else. */
const binary: ScalarTag = {
  tag: 'tag:yaml.org,2002:binary',
  resolve: (text) => Buffer.from(text, 'base64').toString(),
};

const options: ParseOptions & DocumentOptions & SchemaOptions = {
  version: '1.1',
  // Repeated keys are reported beside the value, because only strict decoding refuses them.
  uniqueKeys: false,
  logLevel: 'silent',
  customTags: (tags) => [
    ...tags.filter((t) => {
      if (typeof t === 'string') return true;
      const sexagesimal = 'format' in t && t.format === 'TIME';
      return t.tag !== 'tag:yaml.org,2002:timestamp' && t.tag !== binary.tag && !sexagesimal;
    }),
    binary,
  ],
};

/** The documents of a stream: a manifest file may hold several, divided by `---`. Empty ones are left out. */
export function parseYamlDocuments(text: string): ParsedBody[] {
  const lines = new LineCounter();
  try {
    const documents = parseAllDocuments(text, { ...options, lineCounter: lines }) as Document.Parsed[];
    return documents.map((d) => toBody(d, lines)).filter((body) => body.value !== null && body.value !== undefined);
  } catch (error) {
    if (error instanceof RangeError) throw tooDeep();
    throw error;
  }
}

/** As deep as JSON may nest. */
const maxDepth = 1_000;

const tooDeep = (): SyntaxError => new SyntaxError('error converting YAML to JSON: yaml: exceeded max depth');

function checkDepth(value: unknown, depth = 0): void {
  if (typeof value !== 'object' || value === null) return;
  if (depth > maxDepth) throw tooDeep();
  for (const inner of Object.values(value)) checkDepth(inner, depth + 1);
}

/** The one document of a request body: the first, as Kubernetes takes it. Null for an empty text. */
export function parseYaml(text: string): ParsedBody {
  const body = parseYamlDocuments(text)[0] ?? { value: null, duplicates: [] };
  checkObjectCount(body.value);
  return body;
}

function toBody(document: Document.Parsed, lines: LineCounter): ParsedBody {
  const error = document.errors[0];
  // The parser follows the nesting on the stack, and reports its end as an error of the text.
  if (error?.message.startsWith('Maximum call stack size exceeded')) throw tooDeep();
  if (error) {
    const line = error.linePos?.[0].line;
    const [what = ''] = error.message.split(/ at line \d+/);
    throw new SyntaxError(`error converting YAML to JSON: yaml: ${line === undefined ? '' : `line ${line}: `}${what}`);
  }
  const value = plainValue(document);
  checkDepth(value);
  const repeated = repeatedKeys(document.contents, lines);
  return { value, duplicates: repeated.length > 0 ? [`yaml: unmarshal errors:\n${repeated.join('\n')}`] : [] };
}

/** The value; aliases are resolved here, and refused where they lead nowhere or multiply the value beyond reason. */
function plainValue(document: Document.Parsed): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    if (error instanceof RangeError) throw tooDeep();
    throw new SyntaxError(`error converting YAML to JSON: yaml: ${(error as Error).message}`, { cause: error });
  }
}

/** `  line 4: key "image" already set in map` for each key that a mapping has had before. */
function repeatedKeys(node: unknown, lines: LineCounter): string[] {
  if (typeof node !== 'object' || node === null || !('items' in node) || !Array.isArray(node.items)) return [];
  const seen = new Set<string>();
  return (node.items as unknown[]).flatMap((item) => {
    if (typeof item !== 'object' || item === null || !('key' in item)) return repeatedKeys(item, lines);
    const key = String(item.key);
    const offset = isScalar(item.key) ? item.key.range?.[0] : undefined;
    const repeated = seen.has(key) && key !== '<<';
    seen.add(key);
    const line = lines.linePos(offset ?? 0).line;
    return [
      ...(repeated ? [`  line ${line}: key ${JSON.stringify(key)} already set in map`] : []),
      ...repeatedKeys((item as { value?: unknown }).value, lines),
    ];
  });
}
