import { Header, type HeaderData, Pax } from 'tar'
import type { ArchiveWriter, TreeEntry } from '#executor'

const BLOCK = 512

/** Writes the entries of a tree as a tar archive: ustar, with pax headers for fields that are too long. */
export interface TarWriter extends ArchiveWriter {
  /** Writes the end of the archive; no entry may be added later. */
  end(): void
}

/** The tar header of an entry; `size` in bytes of its content. */
function headerOf(entry: TreeEntry, size: number): HeaderData {
  const { mode, uid, gid } = entry
  const common = { mode, uid, gid, size, mtime: new Date(Math.trunc(entry.mtime / 1000) * 1000) }
  switch (entry.type) {
    case 'directory':
      return { ...common, path: `${entry.path}/`, type: 'Directory' }
    case 'file':
      return { ...common, path: entry.path, type: 'File' }
    case 'link':
      return { ...common, path: entry.path, type: 'SymbolicLink', linkpath: entry.target }
    case 'hardlink':
      return { ...common, path: entry.path, type: 'Link', linkpath: entry.to }
  }
}

/** Creates a tar writer. `write` receives consecutive pieces of the archive; the bytes depend only on the entries and their order. */
export function createTarWriter(write: (bytes: Uint8Array) => void): TarWriter {
  return {
    add(entry) {
      const content = entry.type === 'file' ? entry.content() : new Uint8Array(0)
      const data = headerOf(entry, content.length)
      const header = new Header(data)
      if (header.encode()) write(new Pax(data).encode())
      if (header.block === undefined) throw new Error(`no header for ${entry.path}`)
      write(header.block)
      if (content.length === 0) return
      write(content)
      const rest = content.length % BLOCK
      if (rest > 0) write(new Uint8Array(BLOCK - rest))
    },
    end: () => write(new Uint8Array(2 * BLOCK)),
  }
}
