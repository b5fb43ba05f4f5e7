/**
 * Choosing a free number of a range. Pure, given the random source. The lower part of a range is left to those who ask
 * for a certain number, as long as the upper part has room, so that asking seldom collides with choosing.
 *
 * Upstream: pkg/registry/core/service/{ipallocator,portallocator}
 */
export interface Range {
  first: number;
  last: number;
}

/** Kubernetes' size of the part that is left to explicit requests: a sixteenth, at least 16 and at most 256. */
function reservedSize({ first, last }: Range): number {
  const size = last - first + 1;
  const reserved = Math.min(Math.max(16, Math.floor(size / 16)), 256);
  return reserved < size ? reserved : 0;
}

/** A number of the range that is not taken; undefined when the range is full. `random` is in [0, 1). */
export function chooseFree(range: Range, taken: (n: number) => boolean, random: () => number): number | undefined {
  const border = range.first + reservedSize(range);
  return (
    freeIn({ first: border, last: range.last }, taken, random) ??
    freeIn({ first: range.first, last: border - 1 }, taken, random)
  );
}

/** The first free number from a random start on, around the end. */
function freeIn({ first, last }: Range, taken: (n: number) => boolean, random: () => number): number | undefined {
  const size = last - first + 1;
  const start = Math.floor(random() * size);
  for (let i = 0; i < size; i++) {
    const candidate = first + ((start + i) % size);
    if (!taken(candidate)) return candidate;
  }
  return undefined;
}
