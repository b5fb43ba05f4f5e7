import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['**/*.test.ts'],
    // Whole-process tests share one machine with two cores, and some share its Docker engine.
    fileParallelism: false,
    // A little more than `patienceMs`, whose failures say what did not happen.
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
});
