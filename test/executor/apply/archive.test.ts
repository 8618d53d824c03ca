import { describe, expect, it } from 'vitest'
import {
  type ApplyOptions,
  type ArchiveWriter,
  createArchiveExecutor,
  createMemoryExecutor,
  type TreeEntry,
} from '#executor'
import { FilesystemError } from '#model'
import { interceptFilesystem } from '../../support/intercepted-filesystem.ts'
import { createMemoryFilesystem } from '../../support/memory-filesystem.ts'
import { change, createSmallImage, goodPlan, packageOf, targetOf } from '../../support/small-image.ts'

const core = packageOf('core@1', [
  'file content="root:x:0:0::/:\\n" path=etc/passwd preserve=true',
  'file content="root::0:\\n" path=etc/group preserve=true',
  'group groupname=web gid=80',
])
const app = packageOf('app@1', [
  'dir path=srv mode=0750 group=web',
  'file content="hello" path=usr/bin/hello mode=0755 timestamp=20200102T030405Z',
  'hardlink path=bin/hello target=../usr/bin/hello',
  'link path=usr/bin/hi target=hello',
  'file content=conf path=etc/conf preserve=true',
])

function shown(entry: TreeEntry): string {
  const head = `${entry.mode.toString(8).padStart(4, '0')} ${entry.uid}:${entry.gid} ${entry.type} ${entry.path}`
  switch (entry.type) {
    case 'file':
      return `${head} ${JSON.stringify(Buffer.from(entry.content()).toString())}`
    case 'link':
      return `${head} -> ${entry.target}`
    case 'hardlink':
      return `${head} = ${entry.to}`
    default:
      return head
  }
}

/** A file system that nothing may be written to. */
function readOnlyImage() {
  const fs = createMemoryFilesystem()
  createSmallImage(fs)
  return interceptFilesystem(fs, ({ name, path, writes }) => {
    if (writes) throw new Error(`${name} ${path} in an export`)
  })
}

const plan = goodPlan([change(undefined, core), change(undefined, app)])

describe('the memory executor', () => {
  it('keeps the tree that the plan makes of nothing, and leaves the disk alone', () => {
    const executor = createMemoryExecutor(targetOf(readOnlyImage()))
    expect(executor.tree()).toEqual([])
    let commits = 0
    const report = executor.execute(plan, { commit: () => void commits++ })
    expect(report).toMatchObject({ ok: true, value: { steps: executor.tree().length, salvaged: [] } })
    expect(commits).toBe(1)
    expect(executor.tree().map(shown)).toEqual([
      '0755 0:0 directory bin',
      '0755 0:0 directory etc',
      '0644 0:0 file etc/conf "conf"',
      '0644 0:0 file etc/group "root::0:\\nweb::80:\\n"',
      '0644 0:0 file etc/passwd "root:x:0:0::/:\\n"',
      '0750 0:80 directory srv',
      '0755 0:0 directory usr',
      '0755 0:0 directory usr/bin',
      '0755 0:0 file usr/bin/hello "hello"',
      '0777 0:0 link usr/bin/hi -> hello',
      '0755 0:0 hardlink bin/hello = usr/bin/hello',
    ])
    const times = new Map(executor.tree().map(({ path, mtime }) => [path, mtime]))
    expect(times.get('usr/bin/hello')).toBe(Date.UTC(2020, 0, 2, 3, 4, 5))
    expect(times.get('etc/conf')).toBe(times.get('srv'))
  })

  it('forgets the last tree', () => {
    const executor = createMemoryExecutor(targetOf(readOnlyImage()))
    for (let round = 0; round < 2; round++) executor.execute(plan, { commit: () => {} })
    expect(executor.tree()).toHaveLength(11)
  })
})

describe('the archive executor', () => {
  const execute = (writer: ArchiveWriter, commit: ApplyOptions['commit']) =>
    createArchiveExecutor(targetOf(readOnlyImage()), writer).execute(plan, { commit })

  it('does not commit what could not be written', () => {
    const full = new FilesystemError({
      code: 'ips::filesystem_error::call_failed',
      call: 'write',
      path: '/out.tar',
      errno: 'ENOSPC',
    })
    let commits = 0
    const add = (): void => {
      throw full
    }
    expect(execute({ add }, () => void commits++)).toMatchObject({
      ok: false,
      error: { code: 'ips::installer_error::step_failed', path: '/out.tar', cause: { errno: 'ENOSPC' } },
    })
    expect(commits).toBe(0)
  })

  it('reports a commit that fails', () => {
    const commit = () => {
      throw new Error('no')
    }
    expect(execute({ add: () => {} }, commit)).toMatchObject({
      ok: false,
      error: { code: 'ips::installer_error::commit_failed', reason: 'no' },
    })
  })
})
