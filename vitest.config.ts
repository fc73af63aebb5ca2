import { defineConfig } from 'vitest/config';

/** What looks at the clock, or takes the whole machine: one file after the other. */
const ALONE = [
  'test/{e2e,security,house,evaluate,bench}/**/*.test.ts',
  'test/integration/{alerts,capture,radar}/**/*.test.ts',
  'test/integration/cli/{watch*,interrupt,exit-codes}.test.ts',
  'test/unit/{capture,live-desk,shell}/**/*.test.ts',
];

export default defineConfig({
  test: {
    // The product runs on worker threads of its own: a process per test file keeps them apart.
    pool: 'forks',
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // A test left on `.only` would silently leave out all others.
    allowOnly: false,
    projects: [
      {
        extends: true,
        test: {
          name: 'parts',
          include: ['test/**/*.test.ts'],
          exclude: ALONE,
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      { extends: true, test: { name: 'whole', include: ALONE, maxWorkers: 1, sequence: { groupOrder: 1 } } },
    ],
  },
});
