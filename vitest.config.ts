import { defineConfig } from 'vitest/config'

export default defineConfig({
  resolve: { conditions: ['pkg6-source', 'node', 'import', 'default'] },
  ssr: { resolve: { conditions: ['pkg6-source', 'node', 'import', 'default'] } },
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    reporters: process.env.CI ? ['default', ['json', { outputFile: 'build/test-report.json' }]] : ['default'],
  },
})
