import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    // One more than two cores: most tests wait for a process, a disk or a clock now and then.
    maxWorkers: 3,
    reporters: ['default', './test/count-reporter.ts'],
  },
});
