/** Bodies of every media type, most of them wrong somewhere. */
import { stringify } from 'yaml';
import { Writer, wire } from '../../../api/protobuf-wire.ts';
import type { KubeObject } from '../../../api/types.ts';
import type { Random } from '../random.ts';
import { once, oneOf, randomBytes } from './choose.ts';
import { corrupt, junk, junkText, mutate } from './junk.ts';

export interface Body {
  type: string;
  bytes: Buffer;
}

const text = (type: string, content: string): Body => ({ type, bytes: Buffer.from(content) });

/** A body for a create or an update; `object` is a good one, and may be changed. */
export function objectBody(random: Random, object: KubeObject): Body {
  if (random(3) > 0) mutate(random, object);
  switch (random(10)) {
    case 0:
      return { type: 'application/json', bytes: corrupt(random, JSON.stringify(object)) };
    case 1:
      return text('application/yaml', stringify(object, { version: '1.1', aliasDuplicateObjects: false }));
    case 2:
      return { type: 'application/yaml', bytes: corrupt(random, yamlText(random)) };
    case 3:
    case 4:
      return { type: 'application/vnd.kubernetes.protobuf', bytes: protobufBody(random, object) };
    case 5:
      return text('application/json', oddJson(random));
    case 6:
      return text(oneOf(random, mediaTypes), JSON.stringify(object));
    default:
      return text('application/json', JSON.stringify(object));
  }
}

const mediaTypes = [
  '',
  'json',
  'text/plain',
  'application/json; charset=utf-16',
  'a/b/c',
  'application/cbor',
  '*/*',
  ';',
];

function oddJson(random: Random): string {
  switch (random(7)) {
    case 0:
      return '['.repeat(random(200_000));
    case 1:
      return `${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`;
    case 2:
      return `{"kind":"Pod","metadata":${JSON.stringify(junk(random))}}`;
    case 3:
      return JSON.stringify(junk(random));
    case 4:
      return '{"metadata":{"name":"\\ud800"},"data":{"a":"\\u0000"}}';
    case 5:
      return '{"apiVersion":"v1","kind":"List","items":[{"kind":"List","items":[]}]}';
    default:
      return '{"a":1e400,"b":-0,"c":123456789012345678901234567890}';
  }
}

function yamlText(random: Random): string {
  switch (random(7)) {
    case 0:
      return 'a: &a [x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c]';
    case 1:
      return 'a: &a [*a]';
    case 2:
      return '- '.repeat(random(3000));
    case 3:
      return '{'.repeat(random(3000));
    case 4:
      return 'a: !!js/function "x"\n? [1,2]\n: 3\n<<: *missing';
    case 5:
      return '---\nkind: A\n---\nkind: B\n...\n%TAG ! x:\n';
    default:
      return '\ta: b\n  c:\n d: "unclosed';
  }
}

/** What is left of a text that may have been made into anything. */
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

const magic = Buffer.from('k8s\0');

function protobufBody(random: Random, { apiVersion = '', kind = '' }: KubeObject): Buffer {
  if (once(random, 5)) return Buffer.concat([magic, randomBytes(random, random(60))]);
  const raw = once(random, 3) ? randomBytes(random, random(200)) : randomMessage(random, 0);
  const envelope = Writer.run((writer) => {
    // Last field first: the writer goes backwards.
    writer.bytes(raw);
    writer.tag(2, wire.bytes);
    const before = writer.size;
    writer.bytes(once(random, 6) ? junkText(random) : textOf(kind));
    writer.tag(2, wire.bytes);
    writer.bytes(once(random, 6) ? junkText(random) : textOf(apiVersion));
    writer.tag(1, wire.bytes);
    writer.length(before);
    writer.tag(1, wire.bytes);
  });
  const whole = Buffer.concat([magic, envelope]);
  return once(random, 4) ? whole.subarray(0, random(whole.length + 1)) : whole;
}

/** Fields of random numbers and wire types, nested in one another: some are what the type has. */
function randomMessage(random: Random, depth: number): Buffer {
  return Writer.run((writer) => writeFields(random, writer, depth));
}

function writeFields(random: Random, writer: Writer, depth: number): void {
  for (let i = 0; i < 1 + random(5); i++) {
    const field = 1 + random(once(random, 10) ? 2 ** 20 : 20);
    switch (random(6)) {
      case 0:
        writer.bigVarint((BigInt(random(2 ** 31)) << 33n) | BigInt(random(2 ** 31)));
        writer.tag(field, wire.varint);
        break;
      case 1:
        writer.raw(randomBytes(random, 8));
        writer.tag(field, wire.fixed64);
        break;
      case 2:
        writer.tag(field, oneOf(random, [wire.groupStart, wire.groupEnd]));
        break;
      case 3:
        writer.bytes(junkText(random));
        writer.tag(field, wire.bytes);
        break;
      default: {
        const before = writer.size;
        if (depth < (once(random, 50) ? 60 : 4)) writeFields(random, writer, depth + 1);
        writer.length(before);
        writer.tag(field, wire.bytes);
      }
    }
  }
}
