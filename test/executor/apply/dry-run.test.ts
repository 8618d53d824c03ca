import { describe, expect, it } from 'vitest'
import { createDryRunExecutor, planNeeds } from '#executor'
import { attribute, type Filesystem, FilesystemError } from '#model'
import { createFaultyFilesystem } from '../../support/faulty-filesystem.ts'
import { interceptFilesystem } from '../../support/intercepted-filesystem.ts'
import { createMemoryFilesystem, type MemoryFilesystem } from '../../support/memory-filesystem.ts'
import {
  applyTo,
  change,
  createSmallImage,
  goodPlan,
  mustApply,
  packageOf,
  targetOf,
} from '../../support/small-image.ts'

const app1 = packageOf('app@1', [
  'file content="hello 1" path=usr/bin/hello mode=0755',
  'file content="attributes" path=usr/bin/attributes',
  'file content="conf 1" path=etc/conf preserve=true',
  'link path=usr/bin/hi target=hello',
  'file content=gone path=opt/gone',
])
const app2 = packageOf('app@2', [
  'file content="hello 2" path=usr/bin/hello mode=0755',
  'file content="attributes" path=usr/bin/attributes mode=0600',
  'file content="conf 2" path=etc/conf preserve=true',
  'hardlink path=usr/bin/hi target=hello',
])

// Payloads are known to images that are made after their packages.
const core = packageOf('core@1', [
  'file content="root:x:0:0::/:\\nweb:x:80:80::/:\\n" path=etc/passwd preserve=true',
  'file content=page path=etc/a owner=web',
])
const user = packageOf('u@1', [
  'dir path=d mode=0555 owner=bin',
  'file content=f path=d/f mode=0444 owner=bin',
])

function image(): MemoryFilesystem {
  const fs = createMemoryFilesystem()
  createSmallImage(fs)
  mustApply({ target: targetOf(fs) }, [change(undefined, app1)])
  fs.appendFile('/image/etc/conf', Buffer.from(' edited'), { fsync: false })
  return fs
}

/** Throws at any call that changes something. */
function readOnly(fs: Filesystem): Filesystem {
  return interceptFilesystem(fs, ({ name, path, writes }) => {
    if (writes) throw new Error(`${name} ${path} in a dry run`)
  })
}

describe('the dry-run executor', () => {
  it('lists every operation and does none', () => {
    const fs = image()
    const before = fs.listing('/')
    const target = { ...targetOf(readOnly(fs)), payloadPath: () => undefined }
    const commit = () => {
      throw new Error('committed in a dry run')
    }
    const report = createDryRunExecutor(target).execute(goodPlan([change(app1, app2)]), { commit })
    const hash = (index: number) => app2.manifest.actions[index]?.payload
    if (!report.ok) expect.fail(JSON.stringify(report.error))
    const { steps, operations } = report.value
    expect(steps).toBe(5)
    for (const _ of ['once', 'again'])
      expect([...operations]).toEqual([
        `stage usr/bin/hello from payload ${hash(0)}`,
        'stage hard link usr/bin/hi',
        'take away opt/gone',
        'remove directory opt',
        'replace usr/bin/hello',
        'replace usr/bin/hi',
        'set usr/bin/attributes 0600 0:0',
      ])
    expect(fs.listing('/')).toEqual(before)
  })
  it('tells the same problems as the real one', () => {
    const fs = createMemoryFilesystem()
    createSmallImage(fs)
    fs.plantLink('/image/usr', 'elsewhere')
    const plan = goodPlan([change(undefined, app1)])
    const report = createDryRunExecutor(targetOf(fs)).execute(plan, { commit: () => {} })
    expect(report).toEqual(applyTo({ target: targetOf(fs) }, [change(undefined, app1)]))
    expect(report.ok).toBe(false)
  })
})

describe('payloads that are really needed', () => {
  const needed = (fs: MemoryFilesystem) => {
    const target = { ...targetOf(readOnly(fs)), payloadPath: () => undefined }
    const found = planNeeds(goodPlan([change(app1, app2)]), target)
    return found.ok
      ? Array.from(found.value.payloads, ({ action }) => attribute(action, 'path'))
      : found.error
  }
  it('are not those of edited files that stay', () => {
    expect(needed(image())).toEqual(['usr/bin/hello'])
  })
  it('are also those of unchanged files that somebody deleted', () => {
    const fs = image()
    fs.unlink('/image/usr/bin/attributes')
    fs.unlink('/image/etc/conf')
    expect(needed(fs)).toEqual(['etc/conf', 'usr/bin/attributes', 'usr/bin/hello'])
  })
  it('include user databases that are read to find owners', () => {
    const fs = createMemoryFilesystem()
    createSmallImage(fs)
    const plan = goodPlan([change(undefined, core)])
    const found = planNeeds(plan, { ...targetOf(readOnly(fs)), payloadPath: () => undefined })
    expect(found.ok && found.value.payloads.length).toBe(2)
    mustApply({ target: targetOf(fs) }, [change(undefined, core)])
    expect(fs.lstat('/image/etc/a')?.uid).toBe(80)
  })
})

describe('an image of somebody who is not root', () => {
  /** Owners may not be changed to others. */
  function withoutOwners(fs: Filesystem): Filesystem {
    const refuse = (call: string, path: string): never => {
      throw new FilesystemError({ code: 'ips::filesystem_error::call_failed', call, path, errno: 'EPERM' })
    }
    return {
      ...fs,
      createFile(path, chunks, { owner, ...options }) {
        if (owner?.required === true) refuse('createFile', path)
        fs.createFile(path, chunks, options)
      },
      setOwner: (path) => refuse('setOwner', path),
    }
  }
  it('installs, updates and uninstalls all the same', () => {
    const fs = createMemoryFilesystem()
    createSmallImage(fs)
    const target = { ...targetOf(withoutOwners(fs)), asRoot: false }
    mustApply({ target }, [change(undefined, user), change(undefined, app1)], { imageKind: 'user' })
    expect(fs.listing('/image/d')).toEqual(['0444 0 0 file f "f"'])
    expect(fs.lstat('/image/d')).toMatchObject({ mode: 0o555, uid: 0 })
    mustApply({ target }, [change(app1, app2)], { imageKind: 'user', kept: [user] })
    mustApply({ target }, [change(app2, undefined), change(user, undefined)], { imageKind: 'user' })
    expect(fs.listing('/image', (path) => path === 'var/pkg')).toEqual(['0755 0 0 dir var'])
  })
  it('fails, and undoes, where root is not allowed either', () => {
    const fs = createMemoryFilesystem()
    createSmallImage(fs)
    const before = fs.listing('/')
    const done = applyTo({ target: targetOf(withoutOwners(fs)) }, [change(undefined, app1)])
    expect(done).toMatchObject({ ok: false, error: { code: 'ips::installer_error::step_failed' } })
    expect(fs.listing('/')).toEqual(before)
  })
})

describe('work', () => {
  it('grows with the plan, not with the image', () => {
    const calls = (others: number) => {
      const fs = image()
      for (let index = 0; index < others; index++) fs.plant(`/image/usr/bin/other${index}`, 'x')
      const faulty = createFaultyFilesystem(fs, { kind: 'none' })
      mustApply({ target: targetOf(faulty) }, [change(app1, app2)])
      return faulty.calls()
    }
    expect(calls(1000)).toBe(calls(0))
  })
})
