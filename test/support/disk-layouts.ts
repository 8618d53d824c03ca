import type { DiskLayout, MemoryFilesystem } from './memory-filesystem.ts'
import { worldRoot } from './memory-world.ts'
import type { ReferenceOperation } from './reference-operations.ts'

/** Usual layouts of disks below an image at `worldRoot`. */
export const diskLayouts = {
  /** A layout with the metadata folder on another file system than most of the image. */
  'separate var': { mounts: [{ path: `${worldRoot}/var` }], overlay: false },
  'usr mounted': { mounts: [{ path: `${worldRoot}/usr` }], overlay: false },
  'three file systems': {
    mounts: [{ path: `${worldRoot}/var` }, { path: `${worldRoot}/usr` }, { path: `${worldRoot}/etc` }],
    overlay: false,
  },
  'etc mounted once more': { mounts: [{ path: `${worldRoot}/etc`, bind: true }], overlay: false },
  overlay: { mounts: [], overlay: true },
  'overlay with separate var': { mounts: [{ path: `${worldRoot}/var` }], overlay: true },
} as const satisfies Readonly<Record<string, DiskLayout>>

/** Name of a layout. */
export type DiskLayoutName = keyof typeof diskLayouts

/** Arranges a disk. Missing mount points are made. */
export function arrangeDisk(filesystem: MemoryFilesystem, layout: DiskLayout): MemoryFilesystem {
  for (const { path } of layout.mounts) filesystem.plantDirectory(path)
  filesystem.arrange(layout)
  return filesystem
}

/** The same operation on an image that lies on such a disk. */
export function onLayout(operation: ReferenceOperation, name: DiskLayoutName): ReferenceOperation {
  return {
    ...operation,
    name: `${operation.name}, ${name}`,
    prepare: async () => arrangeDisk(await operation.prepare(), diskLayouts[name]),
  }
}
