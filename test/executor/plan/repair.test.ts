import { describe, expect, it } from 'vitest'
import { createFilesystemExecutor, planNeeds } from '#executor'
import { attribute, formatAction } from '#model'
import type { MemoryFilesystem } from '../../support/memory-filesystem.ts'
import {
  append,
  bin,
  carryOut,
  errors,
  etc,
  installed,
  planFix,
  repairsOf,
} from '../../support/repair-packages.ts'
import { noonStamp, targetOf } from '../../support/small-image.ts'

const place = (path: string) => `var/pkg/lost+found/${path}-${noonStamp}`

/** What is damaged; which content has to be fetched; what goes to lost+found. */
const damages: [string, (fs: MemoryFilesystem) => void, string[], string[]][] = [
  ['content', (fs) => append(fs, `${bin}/hello`), ['usr/bin/hello'], []],
  [
    'mode and owner alone',
    (fs) => {
      fs.setMode(`${bin}/hello`, 0o600)
      fs.setOwner(`${bin}/hello`, 7, 8)
      fs.setMode('/image/var/tmpdir', 0o700)
      fs.setOwner(bin, 5, 5)
    },
    [],
    [],
  ],
  [
    'mode of an edited file, whose content stays',
    (fs) => {
      append(fs, `${etc}/app.old`)
      fs.setMode(`${etc}/app.old`, 0o600)
    },
    [],
    [],
  ],
  ['a time stamp', (fs) => fs.setTimes(`${bin}/hello`, 0, 0), ['usr/bin/hello'], []],
  [
    'missing files, editable ones too',
    (fs) => {
      for (const path of [`${bin}/hello`, `${etc}/app.conf`, `${etc}/app.new`, `${etc}/app.once`])
        fs.unlink(path)
    },
    ['etc/app.conf', 'etc/app.new', 'etc/app.once', 'usr/bin/hello'],
    [],
  ],
  [
    'links',
    (fs) => {
      fs.unlink(`${bin}/vi`)
      fs.plantLink(`${bin}/vi`, 'elsewhere')
      fs.unlink(`${bin}/hi`)
      fs.plant(`${bin}/hi`, 'hello')
    },
    [],
    [],
  ],
  [
    'a directory where a file goes',
    (fs) => {
      fs.unlink(`${bin}/hello`)
      fs.plant(`${bin}/hello/inside`, 'mine')
    },
    ['usr/bin/hello'],
    [`usr/bin/hello -> ${place('usr/bin/hello')}`],
  ],
  [
    'a file where a directory goes',
    (fs) => {
      fs.removeDirectory('/image/var/tmpdir')
      fs.plant('/image/var/tmpdir', 'mine')
    },
    [],
    [`var/tmpdir -> ${place('var/tmpdir')}`],
  ],
  [
    'a link where a directory goes, behind which everything looks right',
    (fs) => {
      fs.rename('/image/opt', '/image/moved')
      fs.plantLink('/image/opt', 'moved')
    },
    ['opt/deep/file'],
    [`opt -> ${place('opt')}`],
  ],
  [
    'whole directories',
    (fs) => {
      for (const path of [
        '/image/opt/deep/file',
        `${bin}/hello`,
        `${bin}/hi`,
        `${bin}/vi`,
        '/image/usr/lib/hello',
      ])
        fs.unlink(path)
      for (const path of ['/image/opt/deep', '/image/opt', bin, '/image/usr/lib', '/image/usr'])
        fs.removeDirectory(path)
    },
    ['opt/deep/file', 'usr/bin/hello'],
    [],
  ],
  [
    'an account, without which its owner is unknown',
    (fs) => {
      const text = fs.text(`${etc}/passwd`).replace(/exusr.*\n/, '')
      fs.unlink(`${etc}/passwd`)
      fs.plant(`${etc}/passwd`, text)
      fs.setOwner(`${etc}/passwd`, 0, 3)
      fs.setMode(`${etc}/passwd`, 0o644)
    },
    [],
    [],
  ],
  [
    'the password entry of an account',
    (fs) => {
      const text = fs
        .text(`${etc}/shadow`)
        .replace(/exusr:[^:]*:/, 'exusr:open:')
        .replace(/:99:/, ':1:')
      fs.unlink(`${etc}/shadow`)
      fs.plant(`${etc}/shadow`, text)
      fs.setMode(`${etc}/shadow`, 0o400)
    },
    [],
    [],
  ],
  [
    'licence and legacy record',
    (fs) => {
      fs.unlink('/image/var/pkg/license/app/license.free')
      fs.unlink('/image/var/sadm/pkg/EXapp/pkginfo')
      expect(fs.text('/image/var/sadm/pkg/EXplain/pkginfo')).toContain('\nNAME=What it is\n')
      fs.unlink('/image/var/sadm/pkg/EXplain/pkginfo')
    },
    ['license free'],
    [],
  ],
]

describe('a repair', () => {
  it('fetches the content that is delivered, and nothing for mode and owner', () => {
    const fs = installed()
    fs.plant('/image/usr/bin/hello', 'damaged')
    fs.setMode('/image/opt/deep/file', 0o600)
    const { payloads } = planFix(repairsOf(fs))
    expect(Array.from(payloads, ({ action }) => attribute(action, 'path'))).toEqual(['usr/bin/hello'])
  })

  it.each(damages)('puts right: %s', (_, damage, fetched, salvaged) => {
    const fs = installed()
    const whole = fs.listing('/image', (path) => path.startsWith('var/pkg/lost+found') || path === 'moved')
    damage(fs)
    const edited = fs.lstat(`${etc}/app.old`) && fs.text(`${etc}/app.old`)
    expect(errors(fs)).not.toEqual([])
    const plan = planFix(repairsOf(fs))
    const required = planNeeds(plan, targetOf(fs))
    if (!required.ok) throw new Error(required.error.code)
    const names = Array.from(required.value.payloads, ({ action }) =>
      action.type === 'license' ? 'license free' : attribute(action, 'path')!,
    )
    expect(names.sort()).toEqual(fetched)
    expect(carryOut(fs, plan)).toEqual(salvaged)
    expect(errors(fs)).toEqual([])
    expect(fs.text(`${etc}/app.old`)).toBe(edited)
    if (edited === 'old') {
      const now = fs.listing(
        '/image',
        (path) => path.startsWith('var/pkg/lost+found') || path.startsWith('moved'),
      )
      expect(now).toEqual(whole)
    }
  })

  it.each([
    ['of a file', ['app'], (fs: MemoryFilesystem) => append(fs, `${bin}/hello`)],
    [
      'of a file and of a link to it',
      ['app', 'other'],
      (fs: MemoryFilesystem) => {
        append(fs, `${bin}/hello`)
        fs.unlink(`${bin}/hi`)
      },
    ],
  ])('%s makes the hard links to it again, in other packages too', (_, owners, damage) => {
    const fs = installed()
    damage(fs)
    const plan = planFix(repairsOf(fs))
    expect(Array.from(plan.changes, ({ new: next }) => formatAction(next!.action).split(' ')[0])).toEqual([
      'file',
      'hardlink',
      'hardlink',
    ])
    carryOut(fs, plan)
    expect(fs.lstat(`${bin}/hello`)?.links).toBe(3)
    expect(plan.packages.map(({ to }) => to?.stem)).toEqual(owners)
  })

  it('leaves what a package does not look after any more', () => {
    const fs = installed()
    append(fs, `${etc}/app.abandon`)
    expect(fs.lstat(`${etc}/app.legacy`)).toBeUndefined()
    append(fs, `${etc}/app.conf`)
    expect(repairsOf(fs)).toEqual([])
  })

  it('brings a file back that goes after the plan was made', () => {
    const fs = installed()
    fs.setMode(`${etc}/app.conf`, 0o600)
    const plan = planFix(repairsOf(fs))
    fs.unlink(`${etc}/app.conf`)
    carryOut(fs, plan)
    expect(fs.text(`${etc}/app.conf`)).toBe('conf')
  })

  it('keeps what somebody writes to a missing editable file after the plan was made', () => {
    const fs = installed()
    fs.unlink(`${etc}/app.conf`)
    const plan = planFix(repairsOf(fs))
    fs.plant(`${etc}/app.conf`, 'mine')
    carryOut(fs, plan)
    expect(fs.text(`${etc}/app.conf`)).toBe('mine')
  })

  it('is refused where the place leads out of the image', () => {
    const fs = installed()
    fs.unlink('/image/opt/deep/file')
    fs.removeDirectory('/image/opt/deep')
    const repairs = repairsOf(fs).filter(({ action }) => action.type === 'file')
    fs.plant('/elsewhere/other', 'mine')
    fs.plantLink('/image/opt/deep', '/elsewhere')
    const done = createFilesystemExecutor(targetOf(fs)).execute(planFix(repairs), { commit: () => {} })
    expect(done).toMatchObject({ ok: false, error: { code: 'ips::installer_error::unsafe_path' } })
    expect(fs.lstat('/elsewhere/file')).toBeUndefined()
  })
})

describe('what is discarded', () => {
  it('goes with all that is in it, and what leads to the image itself stays', () => {
    const fs = installed()
    fs.plant('/image/opt/junk/a/b', 'x')
    fs.plantLink('/image/opt/junk/out', '/elsewhere')
    fs.plant('/elsewhere', 'kept')
    fs.plant('/image/opt/file', 'x')
    const before = fs.listing('/image/var/pkg', () => false)
    carryOut(fs, planFix([], ['opt/junk', 'opt/file', 'opt/never', 'var', 'var/pkg']))
    expect(fs.readDirectory('/image/opt')).toEqual(['deep'])
    expect(fs.text('/elsewhere')).toBe('kept')
    expect(fs.listing('/image/var/pkg', () => false)).toEqual(before)
  })

  it('is left where its parent became a link', () => {
    const fs = installed()
    fs.plant('/elsewhere/file', 'kept')
    fs.plantLink('/image/opt/link', '/elsewhere')
    const done = createFilesystemExecutor(targetOf(fs)).execute(planFix([], ['opt/link/file']), {
      commit: () => {},
    })
    expect(done).toMatchObject({
      ok: true,
      value: { warnings: ['opt/link/file: not removed, its parent opt/link is not a directory'] },
    })
    expect(fs.text('/elsewhere/file')).toBe('kept')
  })
})
