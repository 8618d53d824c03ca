import { describe, expect, it } from 'vitest'
import type { Action } from '#model'
// The rule itself is no front door; the table is worth more than the wall here.
import { decideFile, decideRemoval } from '../../../executor/files/preserve.ts'
import { packageOf } from '../../support/small-image.ts'

function fileOf(
  version: string,
  content: string,
  attributes: string,
  stem = 'p',
): { fmri: never; action: Action } {
  const made = packageOf(`${stem}@${version}`, [`file content=${content} path=f ${attributes}`])
  return { fmri: made.fmri as never, action: made.manifest.actions[0]! }
}

function preserveText(value: string): string {
  return value === 'none' ? '' : `preserve=${value}`
}

interface Disk {
  readonly present: boolean
  readonly modified: boolean
}
const missing: Disk = { present: false, modified: false }
const pristine: Disk = { present: true, modified: false }
const edited: Disk = { present: true, modified: true }

function outcome(decision: ReturnType<typeof decideFile>): string {
  if (decision.content === 'deliver-beside') return decision.suffix
  const aside = 'aside' in decision && decision.aside !== undefined ? `${decision.aside}, ` : ''
  return aside + decision.content
}

describe('first installation of a package', () => {
  // preserve, file on disk, no file. Source: image-plan §6.1.
  it.each([
    ['none', 'deliver', 'deliver'],
    ['true', 'salvage, deliver', 'deliver'],
    ['renameold', 'salvage, deliver', 'deliver'],
    ['renamenew', 'salvage, deliver', 'deliver'],
    ['legacy', 'salvage, keep', 'keep'],
    ['install-only', 'keep', 'deliver'],
    ['abandon', 'untouched', 'untouched'],
  ])('preserve %s: on disk %s, not there %s', (preserve, onDisk, absent) => {
    const decide = (present: boolean) =>
      outcome(
        decideFile({
          old: undefined,
          new: fileOf('1', 'n', preserveText(preserve)),
          firstInstall: true,
          present,
          modified: () => true,
        }),
      )
    expect([decide(true), decide(false)]).toEqual([onDisk, absent])
  })
})

describe('a new file of a package that is installed already', () => {
  it.each([
    ['none', 'deliver'],
    ['true', 'keep'],
    ['renameold', '.old, deliver'],
    ['renamenew', '.new'],
    ['legacy', 'keep'],
    ['install-only', 'keep'],
    ['abandon', 'untouched'],
  ])('preserve %s, on disk: %s', (preserve, wanted) => {
    const decision = decideFile({
      old: undefined,
      new: fileOf('2', 'n', preserveText(preserve)),
      firstInstall: false,
      present: true,
      modified: () => true,
    })
    expect(outcome(decision)).toBe(wanted)
  })
})

function update(
  disk: Disk,
  same: boolean,
  texts: { old: string; new: string; from?: string; to?: string },
): string {
  return outcome(
    decideFile({
      old: fileOf(texts.from ?? '1', 'o', texts.old),
      new: fileOf(texts.to ?? '2', same ? 'o' : 'n', texts.new),
      firstInstall: false,
      present: disk.present,
      modified: () => disk.modified,
    }),
  )
}

describe('update of a file', () => {
  // preserve, missing, D = O = N, D = O, D edited (N differs), D edited (N = O). Source: image-plan §6.2.
  it.each([
    ['none', 'deliver', 'keep', 'deliver', 'deliver', 'keep'],
    ['true', 'deliver', 'keep', 'deliver', 'keep', 'keep'],
    ['renameold', 'deliver', 'keep', 'deliver', '.old, deliver', '.old, deliver'],
    ['renamenew', 'deliver', 'keep', 'deliver', '.new', '.new'],
    ['install-only', 'keep', 'keep', 'keep', 'keep', 'keep'],
    ['abandon', 'untouched', 'untouched', 'untouched', 'untouched', 'untouched'],
  ])('preserve %s', (preserve, ...wanted) => {
    const text = { old: preserveText(preserve), new: preserveText(preserve) }
    expect([
      update(missing, false, text),
      update(pristine, true, text),
      update(pristine, false, text),
      update(edited, false, text),
      update(edited, true, text),
    ]).toEqual(wanted)
  })
  it('to legacy renames what is there once, and delivers', () => {
    const becomes = { old: 'preserve=true', new: 'preserve=legacy' }
    const stays = { old: 'preserve=legacy', new: 'preserve=legacy' }
    for (const same of [true, false]) {
      expect(update(missing, same, becomes)).toBe('deliver')
      expect(update(pristine, same, becomes)).toBe('.legacy, deliver')
      expect(update(edited, same, becomes)).toBe('.legacy, deliver')
      for (const disk of [missing, pristine, edited]) expect(update(disk, same, stays)).toBe('deliver')
    }
  })
  it('ignores preserve on files with an ELF hash', () => {
    const elf = { old: 'preserve=true elfhash=00', new: 'preserve=true elfhash=01' }
    expect(update(edited, false, elf)).toBe('deliver')
  })
  it.each(['true', 'renameold', 'renamenew', 'false', 'anything'])(
    'downgrade with preserve %s',
    (preserve) => {
      const down = { old: `preserve=${preserve}`, new: `preserve=${preserve}`, from: '2', to: '1' }
      const versioned = {
        ...down,
        old: `preserve=${preserve} preserve-version=1.10`,
        new: `preserve=${preserve} preserve-version=1.9`,
      }
      expect(update(missing, false, down)).toBe('deliver')
      expect(update(pristine, false, down)).toBe('keep')
      expect(update(edited, false, down)).toBe('keep')
      expect(update(edited, false, versioned)).toBe('.update, deliver')
      expect(update(pristine, false, versioned)).toBe('keep')
    },
  )
  it('takes a preserve-version that is missing for 0', () => {
    const down = { from: '2', to: '1' }
    const versioned = 'preserve=true preserve-version=1'
    expect(update(edited, false, { ...down, old: versioned, new: 'preserve=true' })).toBe('.update, deliver')
    expect(update(edited, false, { ...down, old: 'preserve=true', new: versioned })).toBe('keep')
    expect(
      update(edited, false, { ...down, old: 'preserve=true', new: 'preserve=true preserve-version=0' }),
    ).toBe('keep')
  })
  it('to a lower version of another package is no downgrade', () => {
    const decision = decideFile({
      old: fileOf('2', 'o', 'preserve=true'),
      new: fileOf('1', 'n', 'preserve=true', 'other'),
      firstInstall: false,
      present: true,
      modified: () => false,
    })
    expect(outcome(decision)).toBe('deliver')
  })
})

describe('removal of a file', () => {
  // preserve, uninstalled as delivered, uninstalled and edited, dropped by an update and edited. Source: image-plan §6.4.
  it.each([
    ['none', 'delete', 'delete', 'delete'],
    ['true', 'delete', 'salvage', 'delete'],
    ['renameold', 'delete', 'salvage', 'delete'],
    ['renamenew', 'delete', 'salvage', 'delete'],
    ['legacy', 'delete', 'salvage', 'delete'],
    ['False', 'delete', 'delete', 'delete'],
    ['abandon', 'leave', 'leave', 'leave'],
    ['install-only', 'leave', 'leave', 'leave'],
  ])('preserve %s', (preserve, ...wanted) => {
    const { action } = fileOf('1', 'o', preserveText(preserve))
    expect([
      decideRemoval(action, true, () => false),
      decideRemoval(action, true, () => true),
      decideRemoval(action, false, () => true),
    ]).toEqual(wanted)
  })
})
