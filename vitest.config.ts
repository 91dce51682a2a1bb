import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts', 'test/*.test.ts'],
          globalSetup: ['test/support/left-out.ts'],
          // One module graph for each worker: loading it anew for every file took longer than the tests. No module
          // of ours keeps anything that a test could see, but for caches of pure functions.
          isolate: false,
          // A busy machine is not a failure: hashing passwords and signing take their time.
          testTimeout: 20_000,
          hookTimeout: 20_000,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          globalSetup: ['test/support/proxy-table.ts', 'test/support/client-table.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
})
