import { createMemoryFilesystem, type MemoryFilesystem } from './memory-filesystem.ts'
import {
  change,
  createSmallImage,
  mustApply,
  noonStamp,
  type PackageManifest,
  type Side,
  targetOf,
} from './small-image.ts'

/** A rule that shows on disk only: what is installed, what somebody did, what changes, and what is there then. */
export interface DiskCase {
  readonly name: string
  /** Without it: the packages that change, and those that are kept. */
  readonly installed?: readonly PackageManifest[]
  /** Path and text of files that are written; null: the file is removed; `-> `: a link. */
  readonly edits?: Readonly<Record<string, string | null>>
  readonly changes: readonly (readonly [Side, Side])[]
  readonly kept?: readonly PackageManifest[]
  /** Everything that is no directory, with its content; lost+found without time stamp. */
  readonly after: readonly string[]
}

/** What is there and is no directory, in the form of `DiskCase.after`. */
export function leaves(fs: MemoryFilesystem): string[] {
  return fs
    .listing('/image')
    .filter((line) => !/^\d+ \d+ \d+ dir /.test(line))
    .map((line) => line.split(' ').slice(4).join(' ').replace('var/pkg/lost+found/', 'LOST/'))
    .map((line) => line.replace(`-${noonStamp}`, ''))
}

function edit(fs: MemoryFilesystem, edits: DiskCase['edits'] = {}): void {
  for (const [path, text] of Object.entries(edits)) {
    if (text === null) fs.unlink(`/image/${path}`)
    else if (text.startsWith('-> ')) {
      fs.unlink(`/image/${path}`)
      fs.plantLink(`/image/${path}`, text.slice(3))
    } else fs.plant(`/image/${path}`, text)
  }
}

/** An image with packages, edited afterwards. */
export function imageOf(
  installed: readonly PackageManifest[] = [],
  edits: DiskCase['edits'] = {},
): MemoryFilesystem {
  const fs = createMemoryFilesystem()
  mustApply(
    createSmallImage(fs),
    installed.map((one) => change(undefined, one)),
  )
  edit(fs, edits)
  return fs
}

/** Carries a case out; answers what is there then. */
export function leavesAfter({ installed, edits, changes, kept = [] }: DiskCase): string[] {
  const before = changes.flatMap(([from]) => (from === undefined ? [] : [from]))
  const fs = imageOf(installed ?? [...before, ...kept], edits)
  mustApply(
    { target: targetOf(fs) },
    changes.map(([from, to]) => change(from, to)),
    { kept },
  )
  return leaves(fs)
}
