import { expect, test } from 'vitest';
import { WatchFigures } from './metrics.ts';

test.each([
  [1, 0],
  [1024, 0],
  [1025, 1],
  [2048, 1],
  [2049, 2],
  [131_072, 7],
  [131_073, 8],
  [5_000_000, 8],
])('an event of %i bytes is counted in bucket %i', (bytes, bucket) => {
  const figures = new WatchFigures();
  const line = Buffer.alloc(bytes);
  figures.sent([{ line, chunk: line }]);
  expect([figures.sizes.indexOf(1), figures.bytes, figures.events]).toEqual([bucket, bytes, 1]);
});
