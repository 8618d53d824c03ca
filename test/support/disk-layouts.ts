import type { DiskLayout, MemoryFilesystem } from './memory-filesystem.ts'
import { worldRoot } from './memory-world.ts'
import type { ReferenceOperation } from './reference-operations.ts'

/** Disks as people have them, below an image at `worldRoot`. */
export const diskLayouts = {
  /** The metadata folder is elsewhere than nearly everything else. */
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

/** Arranges a disk. Directories to mount on are made where they are missing. */
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
