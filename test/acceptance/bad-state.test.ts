import { mkdirSync, renameSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { told } from '../support/command-line.ts'
import { at, expectDecent, inImage, output, rows, state, useHostileWorld } from '../support/hostile-world.ts'

useHostileWorld()

const run = (...words: string[]): readonly string[] => ['-R', 'image', ...words]
const facets = (...words: string[]): readonly string[] => run('change-facet', ...words)

async function withSeason(): Promise<void> {
  const ran = await at.pkg6('-R', 'image', 'install', 'odd/season')
  expect(ran.exit, told(ran)).toBe(0)
}

/** A lock of another program on another host, which nobody here can tell to be dead. */
function lock(): void {
  writeFileSync(inImage('lock'), '1\npkg\nelsewhere.example\n2026-01-01T00:00:00\n')
}

rows('settings that cannot be', [
  { name: 'a facet of a nameless kind', words: facets('=true'), exit: 1, says: ["'facet.'"] },
  {
    name: 'a facet that is a sentence',
    words: facets('to be=true'),
    exit: 1,
    says: ['facet.to be', 'whitespace'],
  },
  { name: 'a value that is none', words: facets('doc=\u001b[31m'), exit: 2, says: ['True|False|None'] },
  {
    name: 'control characters',
    words: facets('a\u001b[31m=true', 'b c=true'),
    exit: 1,
    says: ['whitespace'],
  },
  { name: 'a pattern of variants', words: run('change-variant', 'a*=b'), exit: 1, says: ['Globbing'] },
  {
    name: 'that deliver outside the image',
    prepare: withSeason,
    words: facets('optional.out=true'),
    exit: 1,
    says: ['odd/season@1.0', '../outside'],
  },
  {
    name: 'that deliver through a planted link',
    prepare: async () => {
      await withSeason()
      symlinkSync('../elsewhere', at.path('image', 'planted'))
    },
    words: run('change-variant', 'planted=true'),
    exit: 1,
    says: ['planted/outside', 'Replace', 'by a directory'],
  },
  {
    name: 'that deliver what is damaged',
    prepare: withSeason,
    words: facets('optional.cut=true'),
    exit: 1,
    says: ['usr/season/cut'],
  },
  {
    name: 'that deliver what another package has',
    prepare: withSeason,
    words: facets('optional.same=true'),
    exit: 1,
    says: ['usr/one', 'odd/season', 'tools/base'],
  },
  {
    name: 'that need what nobody offers',
    prepare: withSeason,
    words: facets('optional.needs=true'),
    exit: 1,
    says: ['nothing/such', 'odd/season'],
  },
  {
    name: 'with terms that nobody accepted',
    prepare: withSeason,
    words: facets('optional.terms=true'),
    exit: 6,
    says: ['terms', '--accept'],
  },
  {
    name: 'in an image that is locked',
    prepare: lock,
    words: facets('doc=false'),
    exit: 7,
    says: ['elsewhere.example'],
  },
])

rows('constraints that cannot be', [
  { name: 'a freeze of nothing', words: run('freeze', 'no/such'), exit: 1, says: ['no/such'] },
  { name: 'a freeze of a bad FMRI', words: run('freeze', 'a b@@', 'tools/base'), exit: 1, says: ["'a b@@'"] },
  {
    name: 'a freeze at another version',
    words: run('freeze', 'tools/base@2.0'),
    exit: 1,
    says: ['tools/base@2.0'],
  },
  {
    name: 'to avoid what is there',
    words: run('avoid', 'tools/*'),
    exit: 1,
    says: ['tools/base', 'uninstall'],
  },
  {
    name: 'to avoid a name of objects',
    words: run('avoid', 'hasOwnProperty', 'constructor'),
    exit: 1,
    says: ['hasOwnProperty', 'constructor'],
  },
  {
    name: 'to avoid no more what is not avoided',
    words: run('unavoid', 'tools/base'),
    exit: 1,
    says: ['tools/base'],
  },
  {
    name: 'a flag of nothing',
    words: run('flag', '-m', 'no/such', 'tools/base'),
    exit: 1,
    says: ['no/such'],
  },
  {
    name: 'a freeze in an image that is locked',
    prepare: lock,
    words: run('freeze', 'tools/base'),
    exit: 7,
    says: ['elsewhere.example'],
  },
  {
    name: 'to avoid in an image that is locked',
    prepare: lock,
    words: run('avoid', 'evil/user'),
    exit: 7,
    says: ['elsewhere.example'],
  },
  {
    name: 'a freeze without the database',
    prepare: () => unlinkSync(inImage('installed.db')),
    words: run('freeze', 'tools/base'),
    exit: 1,
    says: ['installed.db'],
  },
])

rows('properties that cannot be', [
  {
    name: 'a value that is none',
    words: run('set-property', 'send-uuid', '\u001b[31m'),
    exit: 1,
    says: ['send-uuid'],
  },
  { name: 'a nameless one', words: run('set-property', '', 'x'), exit: 1, says: ['property'] },
  { name: 'a name of objects', words: run('unset-property', '__proto__'), exit: 1, says: ['__proto__'] },
  { name: 'a name of objects, shown', words: run('property', 'constructor'), exit: 1, says: ['constructor'] },
  {
    name: 'a promise',
    words: run('set-property', 'signature-policy', 'require-signatures'),
    exit: 1,
    says: ['signature-policy', 'does not verify'],
  },
  {
    name: 'in an image that is locked',
    prepare: lock,
    words: run('set-property', 'a', 'b'),
    exit: 7,
    says: ['elsewhere.example'],
  },
  {
    name: 'with a configuration that is damaged',
    prepare: () => writeFileSync(inImage('pkg6.image.json'), '{'),
    words: run('set-property', 'a', 'b'),
    exit: 1,
    says: ['pkg6.image.json'],
  },
  {
    name: 'a cache in an image that is locked',
    prepare: lock,
    words: run('clean'),
    exit: 7,
    says: ['elsewhere.example'],
  },
])

describe('a journal that this client did not write', () => {
  it('is refused by every command that changes the image, and what the help says works', async () => {
    mkdirSync(inImage('stage', '1-1'), { recursive: true })
    writeFileSync(inImage('journal'), 'rubbish\n')
    const before = state()
    for (const words of [['install', 'tools/base@2.0'], ['update'], ['fix'], ['refresh']]) {
      const ran = await at.pkg6(...run(...words))
      expect(ran.exit, told(ran)).toBe(1)
      expect(output(ran)).toContain(`${inImage('journal')} of an interrupted operation cannot be used`)
      expect(output(ran)).toContain("the folder 'stage' beside it")
      expectDecent(ran)
      expect(state(), told(ran)).toEqual(before)
    }
    renameSync(inImage('journal'), at.path('journal'))
    renameSync(inImage('stage'), at.path('stage'))
    const verified = await at.pkg6(...run('verify'))
    expect(verified.exit, told(verified)).toBe(0)
    const installed = await at.pkg6(...run('install', 'tools/base@2.0'))
    expect(installed.exit, told(installed)).toBe(0)
  })
})
