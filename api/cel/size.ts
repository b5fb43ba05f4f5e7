/** How large a value is, in characters, bytes and parts: what an operation on it takes. */

/** Going through a part of a value takes as long as so many characters. */
const partSize = 5;

/** The size of a value with all that is in it; counting stops soon after `limit`. A single value counts as nothing. */
export function sizeOf(value: unknown, limit: number): number {
  if (typeof value === 'string') return value.length;
  if (typeof value === 'bigint') return bigintSize(value);
  if (typeof value !== 'object' || value === null) return 0;
  return value instanceof Uint8Array ? value.length : add(value, 0, limit);
}

/** Integers of CEL have 64 bits, but the engine's may be larger for a moment. */
const bigintSize = (value: bigint): number => (BigInt.asIntN(64, value) === value ? 0 : value.toString(16).length);

/** The size so far with what is in the value. What of a map nobody has read yet is counted as it is, and not converted for it. */
function add(value: object, size: number, limit: number): number {
  if (value instanceof Map) {
    for (const [key, part] of Map.prototype.entries.call(value)) {
      size = addPart(part, addPart(key, size, limit), limit);
      if (size > limit) return size;
    }
  } else if (Array.isArray(value) || value instanceof Set) {
    for (const part of value as Iterable<unknown>) {
      size = addPart(part, size, limit);
      if (size > limit) return size;
    }
  } else if (Object.getPrototypeOf(value) === Object.prototype) {
    for (const key of Object.keys(value)) {
      size = addPart((value as Record<string, unknown>)[key], addPart(key, size, limit), limit);
      if (size > limit) return size;
    }
  }
  return size;
}

function addPart(part: unknown, size: number, limit: number): number {
  const counted = size + partSize;
  if (typeof part === 'string') return counted + part.length;
  if (typeof part !== 'object' || part === null) return counted;
  return part instanceof Uint8Array ? counted + part.length : add(part, counted, limit);
}
