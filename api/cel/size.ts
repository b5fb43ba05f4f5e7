/** How large a value is, in characters, bytes and parts: what an operation on it takes. */

/** Going through a part of a value takes as long as so many characters. */
const partSize = 5;

/** The size of a value with all that is in it; counting stops soon after `limit`. A single value counts as nothing. */
export function sizeOf(value: unknown, limit: number): number {
  if (typeof value === 'string') return value.length;
  if (typeof value === 'bigint') return bigintSize(value);
  if (typeof value !== 'object' || value === null) return 0;
  if (value instanceof Uint8Array) return value.length;
  let size = 0;
  const open: Iterator<unknown>[] = [partsOf(value)];
  while (open.length > 0 && size <= limit) {
    const next = open.at(-1)!.next();
    if (next.done) {
      open.pop();
      continue;
    }
    size += partSize;
    const part = next.value;
    if (typeof part === 'string') size += part.length;
    else if (part instanceof Uint8Array) size += part.length;
    else if (typeof part === 'object' && part !== null) open.push(partsOf(part));
  }
  return size;
}

/** Integers of CEL have 64 bits, but the engine's may be larger for a moment. */
const bigintSize = (value: bigint): number => (BigInt.asIntN(64, value) === value ? 0 : value.toString(16).length);

function* partsOf(value: object): Generator<unknown> {
  if (value instanceof Map) {
    for (const [key, part] of value) {
      yield key;
      yield part;
    }
  } else if (Array.isArray(value) || value instanceof Set) {
    yield* value;
  } else if (Object.getPrototypeOf(value) === Object.prototype) {
    for (const [key, part] of Object.entries(value)) {
      yield key;
      yield part;
    }
  }
}
