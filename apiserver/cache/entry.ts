/**
 * One object at one revision, as the cache holds it: the bytes that every get, list and watch sends, and the parsed
 * object for those who need to look inside. The bytes are made once; parsing happens on first use.
 *
 * The object is shared by everyone. Nobody may change it.
 */
import type { KubeObject } from '../../api/types.ts';

/** How the values that Kubernetes' JSON encoder and ours write begin: resourceVersion goes right after it. */
const head = /^(\{"kind":"[^"\\]*","apiVersion":"[^"\\]*","metadata":\{)("resourceVersion":"\d+",)?(?=")/;

export class Entry {
  /** Key below the kind's prefix: `default/web`, or `web` for a cluster-scoped object. */
  readonly key: string;
  readonly revision: number;
  /** The object as JSON, with its resourceVersion. */
  readonly bytes: Buffer;
  #object: KubeObject | undefined;

  /** `value` is the stored JSON. Throws a SyntaxError when it is not an API object in JSON. */
  constructor(key: string, revision: number, value: Buffer) {
    this.key = key;
    this.revision = revision;
    this.bytes = withResourceVersion(value, revision);
  }

  get object(): KubeObject {
    this.#object ??= JSON.parse(this.bytes.toString()) as KubeObject;
    return this.#object;
  }

  /** The same object at another revision: a deletion carries the last state at the revision of the deletion. */
  at(revision: number): Entry {
    return new Entry(this.key, revision, this.bytes);
  }
}

/** Revision of what a dry run answers: it has not been written, so it has none. */
export const unwritten = 0;

/**
 * `{"kind":"Pod","apiVersion":"v1","metadata":{"name":...` -> `...,"metadata":{"resourceVersion":"7","name":...`
 *
 * The result is kept for long, so it has memory of its own: Node takes small buffers out of 64 KB, all of which would be kept with it.
 */
export function withResourceVersion(value: Buffer, revision: number): Buffer {
  if (revision === unwritten) return value;
  const [whole, before] = head.exec(value.toString('latin1', 0, 300)) ?? [];
  if (whole !== undefined && before !== undefined) {
    const rest = value.subarray(whole.length);
    if (!rest.includes('"resourceVersion"')) {
      const beginning = `${before}"resourceVersion":"${revision}",`;
      const bytes = Buffer.allocUnsafeSlow(beginning.length + rest.length);
      bytes.write(beginning, 'latin1');
      bytes.set(rest, beginning.length);
      return bytes;
    }
  }
  const object = JSON.parse(value.toString()) as KubeObject | null;
  if (typeof object?.metadata !== 'object') throw new SyntaxError('the stored value is not an API object');
  object.metadata.resourceVersion = String(revision);
  const text = JSON.stringify(object);
  const bytes = Buffer.allocUnsafeSlow(Buffer.byteLength(text));
  bytes.write(text);
  return bytes;
}
