/** Patches of the four types, most of them wrong somewhere. */
import type { KubeObject } from '../../../api/types.ts';
import type { Random } from '../random.ts';
import type { Body } from './bodies.ts';
import { once, oneOf } from './choose.ts';
import { corrupt, junk, junkText, mutate } from './junk.ts';

/** A patch; `object` is a good one of the kind, and may be changed. */
export function patchBody(random: Random, object: KubeObject): Body {
  const type = oneOf(random, ['json-patch+json', 'merge-patch+json', 'strategic-merge-patch+json', 'apply-patch+yaml']);
  const value = type === 'json-patch+json' ? jsonPatch(random, object) : merging(random, object);
  const text = JSON.stringify(value) ?? 'null';
  const said = once(random, 30) ? 'application/unknown-patch' : `application/${type}`;
  return { type: said, bytes: once(random, 8) ? corrupt(random, text) : Buffer.from(text) };
}

const paths = [
  '',
  '/',
  '/metadata',
  '/metadata/name',
  '/metadata/labels',
  '/spec',
  '/spec/-',
  '/a~1b~0',
  '/spec/0',
  '~',
];

function pathIn(random: Random, object: KubeObject): string {
  if (once(random, 3)) return oneOf(random, paths);
  let path = '';
  let value: unknown = object;
  while (typeof value === 'object' && value !== null && !once(random, 4)) {
    const keys = Object.keys(value);
    if (keys.length === 0) break;
    const key = oneOf(random, keys);
    path += `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    value = (value as Record<string, unknown>)[key];
  }
  return once(random, 5) ? `${path}/${junkText(random)}` : path;
}

function jsonPatch(random: Random, object: KubeObject): unknown {
  if (once(random, 15)) return junk(random);
  if (once(random, 200)) return Array.from({ length: 10_001 }, () => ({ op: 'test', path: '', value: 1 }));
  if (once(random, 100)) return doubling();
  return Array.from({ length: 1 + random(5) }, () => {
    const operation: Record<string, unknown> = {
      op: once(random, 20) ? junk(random) : oneOf(random, ['add', 'remove', 'replace', 'move', 'copy', 'test']),
      path: once(random, 20) ? junk(random) : pathIn(random, object),
      from: pathIn(random, object),
      value: junk(random),
    };
    if (once(random, 10)) delete operation[oneOf(random, ['op', 'path', 'from', 'value'])];
    return operation;
  });
}

/** Copies that double the document forty times. */
const doubling = (): unknown => [
  { op: 'add', path: '/metadata/annotations', value: { a: 'x'.repeat(100) } },
  ...Array.from({ length: 40 }, (_, i) => ({ op: 'copy', from: '/metadata', path: `/metadata/annotations/a${i}` })),
];

function merging(random: Random, object: KubeObject): unknown {
  mutate(random, object);
  if (once(random, 20)) return junk(random);
  if (once(random, 3)) addDirectives(random, object);
  if (once(random, 3)) return { metadata: object.metadata };
  return object;
}

const directives: readonly ((random: Random) => [string, unknown])[] = [
  (random) => ['$patch', oneOf(random, ['replace', 'delete', 'merge', 'other', 1, null])],
  (random) => ['$retainKeys', oneOf<unknown>(random, [['name'], 'name', [1], []])],
  (random) => ['$setElementOrder/containers', junk(random)],
  (random) => ['$deleteFromPrimitiveList/finalizers', junk(random)],
];

/** Puts strategic directives into objects at random. */
function addDirectives(random: Random, value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value) && once(random, 2)) {
    const [key, content] = oneOf(random, directives)(random);
    (value as Record<string, unknown>)[key] = content;
  }
  for (const inner of Object.values(value)) addDirectives(random, inner);
}
