import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // The product runs on worker threads of its own: a process per test file keeps them apart.
    pool: 'forks',
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // A test left on `.only` would silently leave out all others.
    allowOnly: false,
  },
});
