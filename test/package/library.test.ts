import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, test } from 'vitest'
import { projectRoot } from '../support/shared-data.ts'

interface PackageFile {
  readonly bin: Readonly<Record<string, string>>
  readonly exports: Readonly<Record<string, string | { readonly types: string; readonly default: string }>>
}

const packageFile: PackageFile = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8'))

async function load(path: string): Promise<Record<string, unknown>> {
  return (await import(pathToFileURL(join(projectRoot, path)).href)) as Record<string, unknown>
}

const built = existsSync(join(projectRoot, 'dist', 'types'))
if (!built) process.stderr.write('skipped: dist is not built; npm test builds it first\n')

describe.skipIf(!built)('the built package', () => {
  test('holds every file that package.json promises', () => {
    const promised = Object.values(packageFile.exports).flatMap((entry) =>
      typeof entry === 'string' ? [entry] : [entry.types, entry.default],
    )
    const missing = [...Object.values(packageFile.bin), ...promised].filter(
      (path) => !existsSync(join(projectRoot, path)),
    )
    expect(missing).toEqual([])
  })

  test.each([
    ['./model', 'parseFmri'],
    ['./solver', 'resolveInstall'],
    ['./repo', 'createSource'],
    ['./executor', 'planActions'],
    ['./image', 'findImage'],
  ])('gives %s with %s', async (name, member) => {
    const entry = packageFile.exports[name]
    if (entry === undefined || typeof entry === 'string') throw new Error(`no export ${name}`)
    expect(typeof (await load(entry.default))[member]).toBe('function')
  })

  test('finds the code of its default engine', async () => {
    const solver = (await load('dist/lib/solver.mjs')) as typeof import('#solver')
    const backend = (await solver.loadBackend('minisat-wasm'))()
    backend.addClauses(Int32Array.of(1, 2, 0, -1, 0))
    expect(backend.solve({ assumptions: new Int32Array() })).toBe('sat')
    expect(backend.value(2)).toBe(true)
    backend.dispose()
  })
})
