import type { FilesystemProblem } from './ports.ts'

/** Verbs for the calls of the port. */
const verbs: ReadonlyMap<string, string> = new Map([
  ['lstat', 'look at'],
  ['readDirectory', 'read the directory'],
  ['readLink', 'read the link'],
  ['realPath', 'find'],
  ['readFile', 'read'],
  ['readChunks', 'read'],
  ['createFile', 'write'],
  ['appendFile', 'write'],
  ['makeDirectory', 'make the directory'],
  ['rename', 'rename'],
  ['symbolicLink', 'make the link'],
  ['hardLink', 'make the link'],
  ['unlink', 'remove'],
  ['removeDirectory', 'remove the directory'],
  ['setMode', 'set the mode of'],
  ['setOwner', 'set the owner of'],
  ['setTimes', 'set the times of'],
  ['sync', 'flush'],
  ['freeSpace', 'find the free space of'],
])

const reasons: ReadonlyMap<string, string> = new Map([
  ['ENOSPC', 'no space is left on its file system'],
  ['EDQUOT', 'the disk quota is used up'],
  ['EROFS', 'its file system is read-only'],
  ['EACCES', 'permission is denied'],
  ['EPERM', 'the system does not permit it'],
  ['ENOENT', 'it does not exist'],
  ['ENOTDIR', 'a part of the path is not a directory'],
  ['EISDIR', 'it is a directory'],
  ['EFTYPE', 'it is not a regular file'],
  ['EFBIG', 'it is too large'],
  ['EEXIST', 'it exists already'],
  ['ENOTEMPTY', 'the directory is not empty'],
  ['ELOOP', 'too many links lead to it'],
  ['ENAMETOOLONG', 'its name is too long'],
  ['EXDEV', 'it lies on another file system'],
  ['EMFILE', 'the process has too many files open'],
  ['ENFILE', 'the system has too many files open'],
  ['ENOMEM', 'no memory is left'],
  ['EIO', 'the disk reports an error'],
  ['EBUSY', 'it is in use, or something is mounted there'],
  ['ESTALE', 'its file server does not know it any more'],
  ['ENOTSUP', 'its file system cannot do that'],
  ['EMLINK', 'it has too many links'],
])

/** An errno name after its plain reason, if it has one: `permission is denied (EACCES)`. */
export function errnoText(errno: string): string {
  const reason = reasons.get(errno)
  return reason === undefined ? errno : `${reason} (${errno})`
}

/** A failed filesystem call as a sentence: `cannot write '/a/b': no space is left on its file system (ENOSPC)`. */
export function diskFailure({ call, path, errno }: FilesystemProblem): string {
  return `cannot ${verbs.get(call) ?? call} '${path}': ${errnoText(errno)}`
}

const helps: ReadonlyMap<string, string> = new Map([
  ['EMFILE', 'Raise the limit of open files (ulimit -n) and run the command again.'],
  ['ENFILE', 'Close some programs and run the command again.'],
  ['ENOMEM', 'Free some memory, or raise its limit (ulimit -v), and run the command again.'],
])

/** Help for an errno name that says that the process or system lacks a resource, such as descriptors; undefined for other errno names. */
export function shortageHelp(errno: string): string | undefined {
  return helps.get(errno)
}

/** True for the errno names of a full disk or quota. */
export function isDiskFull(errno: string): boolean {
  return errno === 'ENOSPC' || errno === 'EDQUOT'
}

const linkRefusals: ReadonlySet<string> = new Set(['EPERM', 'EMLINK', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'])

/** True for the errno names of file systems that make no hard links, or no more of them for a file. */
export function refusesLinks(errno: string | undefined): boolean {
  return errno !== undefined && linkRefusals.has(errno)
}
