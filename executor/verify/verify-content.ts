import {
  type Action,
  actionDigests,
  attribute,
  type ContentSubject,
  type Filesystem,
  FilesystemError,
  parseSize,
  preferredDigest,
} from '#model'
import { contentDigest, digestOfFile } from '../files/content-digest.ts'
import { digestOfElf } from '../files/elf-digest.ts'

/** Files that are read as a whole; no program comes near it. */
const LARGEST_ELF = 1 << 28

/** The fault of the content of a regular file. */
export type ContentFault =
  | { readonly kind: 'differs'; readonly text: string }
  | { readonly kind: 'unreadable'; readonly errno: string }

/**
 * Compares a regular file with the content that an action states: by its best digest, by its size where it states none. A file with
 * another hash is right by `gelf` when its ELF content is. Undefined: it is right. Source: image-plan §12.
 */
export function verifyContent(
  filesystem: Filesystem,
  path: string,
  action: Action,
  content: ContentSubject,
): ContentFault | undefined {
  try {
    return compare(filesystem, path, action, content)
  } catch (failure) {
    if (failure instanceof FilesystemError) return { kind: 'unreadable', errno: failure.problem.errno }
    throw failure
  }
}

function compare(
  filesystem: Filesystem,
  path: string,
  action: Action,
  content: ContentSubject,
): ContentFault | undefined {
  const digest = contentDigest(action)
  if (digest === undefined) return compareSize(filesystem, path, action)
  const found = digestOfFile(filesystem, path, digest.algorithm)
  if (found === digest.hex) return undefined
  const elf = preferredDigest(actionDigests(action), 'gelf')
  const small = (filesystem.lstat(path)?.size ?? 0) <= LARGEST_ELF
  const ofElf = elf && small ? digestOfElf(filesystem.readFile(path, LARGEST_ELF), elf.algorithm) : undefined
  if (ofElf === undefined || elf === undefined) return differs('Hash', found, digest.hex)
  if (ofElf !== elf.hex) return differs('ELF content hash', ofElf, elf.hex)
  return content === 'gelf' ? undefined : differs('Hash', found, digest.hex)
}

function compareSize(filesystem: Filesystem, path: string, action: Action): ContentFault | undefined {
  const wanted = parseSize(attribute(action, 'pkg.size'))
  const found = filesystem.lstat(path)?.size
  if (wanted === undefined || found === wanted) return undefined
  return { kind: 'differs', text: `Size: ${found ?? 0} bytes should be ${wanted}` }
}

function differs(what: string, found: string, wanted: string): ContentFault {
  return { kind: 'differs', text: `${what}: ${found} should be ${wanted}` }
}
