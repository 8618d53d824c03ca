import {
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ok } from '#model'
import { makeWhole } from '../../../../cli/commands/export/export-output.ts'
import { placeOutput } from '../../../../cli/io/place-output.ts'
import { neverCanceled } from '../../../support/never-canceled.ts'

let folder: string
const at = (name: string): string => join(folder, name)
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pkg6-output-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

/** A file system without hard links. */
const noLinks: typeof linkSync = () => {
  throw Object.assign(new Error('no links here'), { code: 'EPERM', syscall: 'link' })
}

/** Somebody makes something under the name while the export is at work; gives what must still be there after it. */
const others: readonly (readonly [string, (output: string) => () => unknown])[] = [
  [
    'a file',
    (output) => {
      writeFileSync(output, 'precious')
      return () => expect(readFileSync(output, 'utf8')).toBe('precious')
    },
  ],
  [
    'an empty file',
    (output) => {
      writeFileSync(output, '')
      return () => expect(readFileSync(output, 'utf8')).toBe('')
    },
  ],
  [
    'a folder',
    (output) => {
      mkdirSync(output)
      return () => expect(readdirSync(output)).toEqual([])
    },
  ],
  [
    'a folder with something in it',
    (output) => {
      mkdirSync(output)
      writeFileSync(join(output, 'x'), 'precious')
      return () => expect(readFileSync(join(output, 'x'), 'utf8')).toBe('precious')
    },
  ],
  [
    'a link that leads nowhere',
    (output) => {
      symlinkSync(`${output}-elsewhere`, output)
      return () => expect(existsSync(`${output}-elsewhere`)).toBe(false)
    },
  ],
]

describe('an export whose name is taken while it works', () => {
  describe.each(['file', 'folder'] as const)('as a %s', (kind) => {
    it.each(others)('leaves %s alone', async (_, make) => {
      let check = (): unknown => undefined
      const made = await makeWhole(at('out'), neverCanceled, async (scratch) => {
        const path = join(scratch, 'made')
        if (kind === 'file') writeFileSync(path, 'new')
        else mkdirSync(path)
        check = make(at('out'))
        return ok({ path, value: 1 })
      })
      expect(made).toEqual({ ok: false, error: { code: 'ips::cli_error::output_exists', path: at('out') } })
      check()
      expect(readdirSync(folder)).toEqual(['out'])
    })
  })
})

describe('a finished thing', () => {
  it('takes a free place, by a link or without', () => {
    for (const link of [linkSync, noLinks]) {
      writeFileSync(at('from'), 'new')
      expect(placeOutput(at('from'), at('to'), link)).toBe(true)
      expect(readdirSync(folder)).toEqual(['to'])
      expect(readFileSync(at('to'), 'utf8')).toBe('new')
      rmSync(at('to'))
    }
    mkdirSync(at('from'))
    writeFileSync(join(at('from'), 'x'), 'new')
    expect(placeOutput(at('from'), at('to'))).toBe(true)
    expect(readdirSync(folder)).toEqual(['to'])
    expect(readdirSync(at('to'))).toEqual(['x'])
  })
  it.each(['EPERM', 'EMLINK', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'])(
    'needs no links where a link is %s',
    (code) => {
      writeFileSync(at('from'), 'new')
      const link = () => {
        throw Object.assign(new Error(code), { code, syscall: 'link' })
      }
      expect(placeOutput(at('from'), at('to'), link)).toBe(true)
      expect(readFileSync(at('to'), 'utf8')).toBe('new')
    },
  )
  it('takes no place that somebody takes between looking and linking', () => {
    for (const answer of [linkSync, noLinks]) {
      writeFileSync(at('from'), 'new')
      const late: typeof linkSync = (from, to) => {
        writeFileSync(at('to'), 'precious')
        answer(from, to)
      }
      expect(placeOutput(at('from'), at('to'), late)).toBe(false)
      expect(readFileSync(at('to'), 'utf8')).toBe('precious')
      expect(readFileSync(at('from'), 'utf8')).toBe('new')
      rmSync(at('to'))
      rmSync(at('from'))
    }
  })
  it('tells of other failures, and leaves nothing where it could not go', () => {
    writeFileSync(at('from'), 'new')
    expect(() => placeOutput(at('from'), join(at('none'), 'to'))).toThrow('ENOENT')
    const gone: typeof linkSync = (from, to) => {
      rmSync(at('from'))
      noLinks(from, to)
    }
    expect(() => placeOutput(at('from'), at('to'), gone)).toThrow('ENOENT')
    expect(readdirSync(folder)).toEqual([])
  })
})
