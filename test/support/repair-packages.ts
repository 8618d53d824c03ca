import {
  type ActionPlan,
  createFilesystemExecutor,
  type Finding,
  planRepair,
  type Repair,
  verifyPackage,
} from '#executor'
import { type Action, attribute, type Filesystem } from '#model'
import { createMemoryFilesystem, type MemoryFilesystem } from './memory-filesystem.ts'
import {
  change,
  createSmallImage,
  inspectionOf,
  mustApply,
  type PackageManifest,
  packageOf,
  plainFilter,
  readerOf,
  targetOf,
} from './small-image.ts'

const core = packageOf('core@1', [
  'file content="root:x:0:0:Super-User:/root:/usr/bin/sh\\n" path=etc/passwd group=sys preserve=true',
  'file content="root:*LK*:6445::::::\\n" path=etc/shadow mode=0400 preserve=true',
  'file content="root::0:\\nbin::2:root\\nsys::3:root\\nstaff::10:\\n" path=etc/group preserve=true',
])

/** A package with every kind of action that a repair puts right. */
export const app = packageOf('app@1', [
  'dir path=usr/bin group=bin',
  'dir path=opt',
  'dir path=opt/deep',
  'file content=deep path=opt/deep/file',
  'dir path=var/tmpdir mode=1777 group=sys',
  'file content=hello path=usr/bin/hello mode=0755 group=bin timestamp=20200102T030405Z',
  'hardlink path=usr/bin/hi target=hello',
  'link path=usr/bin/vi target=vim',
  'file content=conf path=etc/app.conf preserve=true',
  'file content=old path=etc/app.old preserve=renameold',
  'file content=new path=etc/app.new preserve=renamenew',
  'file content=once path=etc/app.once preserve=install-only',
  'file content=legacy path=etc/app.legacy preserve=legacy',
  'file content=abandon path=etc/app.abandon preserve=abandon',
  'group groupname=exgrp gid=101',
  'user username=exusr uid=101 group=exgrp password=NP max=99',
  'dir path=var/ex owner=exusr group=exgrp',
  'license content=free license=free',
  'legacy pkg=EXapp name=App',
  'legacy pkg=EXplain',
  'set name=pkg.summary value="What it is"',
])
const other = packageOf('other@1', ['hardlink path=usr/lib/hello target=../bin/hi'])
const packages = [app, core, other]
const directories = new Set(
  app.manifest.actions.flatMap((action) => (action.type === 'dir' ? [attribute(action, 'path')!] : [])),
)

/** An image in which all packages of this file are installed. */
export function installed(): MemoryFilesystem {
  const fs = createMemoryFilesystem()
  createSmallImage(fs)
  mustApply({ target: targetOf(fs) }, [
    change(undefined, core),
    change(undefined, app),
    change(undefined, other),
  ])
  return fs
}

function findings(fs: Filesystem, package_: PackageManifest): readonly Finding[] {
  return verifyPackage({
    filesystem: fs,
    root: '/image',
    metadata: '/image/var/pkg',
    ...package_,
    filter: plainFilter,
    linkChosen: inspectionOf(packages).linkChosen,
    overlaidBy: () => undefined,
    installedSet: { installed: () => undefined, avoided: new Set() },
    isDirectory: (path) => directories.has(path),
    isDelivered: () => false,
    asRoot: true,
  })
}

/** Repairs for all errors that `verify` finds. */
export function repairsOf(fs: Filesystem): Repair[] {
  const repairs = new Map<Action, Repair>()
  for (const package_ of packages)
    for (const { level, action, repair } of findings(fs, package_))
      if (level === 'error' && repair !== undefined && (repair === 'content' || !repairs.has(action)))
        repairs.set(action, { fmri: package_.fmri, action, repair })
  return [...repairs.values()]
}

/** Gives new objects at each read, as the manifests of an image do. */
function readAnew({ fmri, manifest }: PackageManifest): PackageManifest {
  return {
    fmri,
    get manifest() {
      return { actions: manifest.actions.map((action) => ({ ...action })) }
    },
  }
}

/** A plan that carries repairs out and removes paths. */
export function planFix(repairs: readonly Repair[], discards: readonly string[] = []): ActionPlan {
  const plan = planRepair({
    base: 0,
    imageKind: 'full',
    metadataPath: 'var/pkg',
    repairs,
    packages: packages.map(({ fmri }) => fmri),
    manifests: readerOf(packages.map(readAnew)),
    filter: plainFilter,
    linkChosen: () => true,
    discards: discards.map((path) => ({ fmri: app.fmri, path })),
  })
  if (!plan.ok) throw new Error(JSON.stringify(plan.error))
  return plan.value
}

/** Carries a plan out and gives what went to lost+found, as `from -> to`. */
export function carryOut(fs: Filesystem, plan: ActionPlan): readonly string[] {
  const done = createFilesystemExecutor(targetOf(fs)).execute(plan, { commit: () => {} })
  if (!done.ok) throw new Error(JSON.stringify(done.error))
  return done.value.salvaged.map(({ from, to }) => `${from} -> ${to}`)
}

/** Errors that `verify` finds, as `item: text`. */
export function errors(fs: Filesystem): string[] {
  return packages.flatMap((one) =>
    findings(fs, one)
      .filter(({ level }) => level === 'error')
      .map(({ item, text }) => `${item}: ${text}`),
  )
}

/** Directory of the programs of the image. */
export const bin = '/image/usr/bin'

/** Directory of the editable files of the image. */
export const etc = '/image/etc'

/** Damages a file. */
export const append = (fs: MemoryFilesystem, path: string) =>
  fs.appendFile(path, Buffer.from(' edited'), { fsync: false })
