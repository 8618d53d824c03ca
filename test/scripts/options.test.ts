import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bundleScripts } from '../../scripts/bundle.mjs'
import { sampled } from '../support/sampling.ts'
import { projectRoot } from '../support/shared-data.ts'

const names = [
  'attacks',
  'build',
  'demo',
  'error-index',
  'faults',
  'kill9',
  'sample-repository',
  'scenarios',
  'transcripts',
]
const parent = join(projectRoot, 'node_modules', '.pkg6-run')
let bundles = ''
beforeAll(async () => {
  mkdirSync(parent, { recursive: true })
  bundles = mkdtempSync(join(parent, 'options-'))
  await bundleScripts(
    names.map((name) => join('scripts', `${name}.ts`)),
    bundles,
    false,
  )
})
afterAll(() => rmSync(bundles, { recursive: true, force: true }))

function start(env: NodeJS.ProcessEnv, ...words: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/run.mjs', ...words], {
    cwd: projectRoot,
    encoding: 'utf8',
    timeout: 60_000,
    env: { ...process.env, ...env },
  })
  return { status, stdout, stderr }
}

/** Runs a script that is bundled already. */
const run = (...words: readonly string[]) => start({ PKG6_BUNDLES: bundles }, ...words)

describe('scripts', () => {
  it('are bundled when they run', () => {
    const words = ['scripts/kill9.ts', '1.5']
    expect(start({}, ...words)).toEqual(run(...words))
  })

  it.each(sampled(['faults', 'scenarios', 'transcripts'], names))(
    '%s refuses an option that it has not',
    (name) => {
      const ran = run(`scripts/${name}.ts`, '--no-such-option')
      expect(ran).toMatchObject({ status: 2, stdout: '' })
      expect(ran.stderr).toContain(`${name}.ts: Unknown option '--no-such-option'`)
      expect(ran.stderr).not.toContain('\n    at ')
    },
  )

  it.each([
    ['attacks', '--every=0', "--every takes a whole number from 1, not '0'"],
    ['faults', '--seed=x', "--seed takes a whole number from 0, not 'x'"],
    ['kill9', '1.5', "RUNS takes a whole number from 0, not '1.5'"],
  ])('%s refuses %s', (name, word, text) => {
    expect(run(`scripts/${name}.ts`, word)).toEqual({
      status: 2,
      stdout: '',
      stderr: `${name}.ts: ${text}\n`,
    })
  })

  it.each([
    ['no-such-file.json', 'cannot be read (ENOENT)'],
    ['tsconfig.types.json', 'has no list of scenarios'],
    ['README.md', 'is no JSON object'],
  ])('scenarios refuses %s', (file, text) => {
    expect(run('scripts/scenarios.ts', file)).toEqual({
      status: 2,
      stdout: '',
      stderr: `scenarios.ts: ${file}: ${text}\n`,
    })
  })
})
