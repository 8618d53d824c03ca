import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

const every = 'test/**/*.test.ts'
/** Files that replace modules for the whole process, or measure its memory: each runs in a process of its own. */
const alone = [
  'test/cli/durability.test.ts',
  'test/executor/memory.test.ts',
  'test/repo/source/replaced-catalog.test.ts',
]

export default defineConfig({
  resolve: { conditions: ['pkg6-source', 'node', 'import', 'default'] },
  ssr: { resolve: { conditions: ['pkg6-source', 'node', 'import', 'default'] } },
  test: {
    globalSetup: ['test/support/global-setup.ts'],
    // A test takes at most ten seconds alone; other programs may want the processors twenty times over.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    pool: 'forks',
    // The default leaves one core idle, which on two is half of them; and tests that wait for the disk leave theirs.
    maxWorkers: availableParallelism(),
    projects: [
      // To load the product anew for each file takes as long as half of the tests.
      { extends: true, test: { name: 'shared', include: [every], exclude: alone, isolate: false } },
      { extends: true, test: { name: 'alone', include: alone } },
    ],
    reporters: process.env.CI
      ? ['default', ['json', { outputFile: process.env.PKG6_TEST_REPORT ?? 'build/test-report.json' }]]
      : ['default'],
  },
})
