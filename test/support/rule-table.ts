import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { projectRoot } from './shared-data.ts'
import { maskSource } from './source-text.ts'

/** A test that a table of rules names. */
export interface NamedTest {
  /** Below `test/`, without `.test.ts`. */
  readonly file: string
  readonly title: string
}

/** What stands in the last column of a table of rules. */
export interface RuleProof {
  readonly tests: readonly NamedTest[]
  /** Why a rule has no test. */
  readonly reasons: readonly string[]
}

/** Reads entries such as `` `cli/plan` title of a test `` and `*not here: why*`, with ` · ` between them. */
export function readProof(cell: string): RuleProof {
  const entries = cell.split(' · ')
  return {
    tests: entries.flatMap((entry) => {
      const [, file, title] = /^`([^`]+)` (.+)$/.exec(entry) ?? []
      return file === undefined || title === undefined ? [] : [{ file, title }]
    }),
    reasons: entries.flatMap((entry) => /^\*not here: (.+)\*$/.exec(entry)?.[1] ?? []),
  }
}

const literals = new Map<string, (title: string) => boolean>()

/** Whether a test file has a text that may be the title of a test, in a table of cases too; what is put into titles may be anything. */
export function hasTitle(name: string): (title: string) => boolean {
  const known = literals.get(name)
  if (known !== undefined) return known
  const path = join(projectRoot, 'test', `${name}.test.ts`)
  const { strings, templates } = maskSource(readFileSync(path, 'utf8'))
  const exact = new Set(strings.map((text) => text.replace(/\\(.)/gs, '$1')))
  // What is nothing but holes is the title of everything.
  const patterns = templates
    .filter((text) => text.replaceAll('\0', '').length > 10)
    .map((text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll('\0', '.+'))
    .map((form) => new RegExp(`^${form}$`, 's'))
  const found = (title: string): boolean => exact.has(title) || patterns.some((one) => one.test(title))
  literals.set(name, found)
  return found
}
