import { type Filesystem, FilesystemError } from '#model'

/** Calls that change something. */
const writingCalls = new Set([
  'createFile',
  'appendFile',
  'makeDirectory',
  'rename',
  'symbolicLink',
  'hardLink',
  'unlink',
  'removeDirectory',
  'setMode',
  'setOwner',
  'setTimes',
  'sync',
])

/** One call as the hook sees it; `number` counts from 1. */
export interface InterceptedCall {
  readonly number: number
  readonly name: string
  readonly path: string
  readonly writes: boolean
}

/** A file system that asks a hook before each call; what the hook throws is what the caller gets. */
export function interceptFilesystem(inner: Filesystem, hook: (call: InterceptedCall) => void): Filesystem {
  let number = 0
  return new Proxy(inner, {
    get(target, name, receiver) {
      const member: unknown = Reflect.get(target, name, receiver)
      if (typeof member !== 'function' || typeof name !== 'string') return member
      return (...parameters: unknown[]) => {
        hook({ number: ++number, name, path: String(parameters[0]), writes: writingCalls.has(name) })
        return Reflect.apply(member, target, parameters) as unknown
      }
    },
  })
}

/** A file system whose calls for which `when` holds fail with `errno`. */
export function failingFilesystem(
  inner: Filesystem,
  errno: string,
  when: (call: InterceptedCall) => boolean,
): Filesystem {
  return interceptFilesystem(inner, (call) => {
    if (when(call))
      throw new FilesystemError({
        code: 'ips::filesystem_error::call_failed',
        call: call.name,
        path: call.path,
        errno,
      })
  })
}

/** A file system that does not wait for the disk: what a running process sees is the same, only faster. */
export { withoutFlushing as unflushedFilesystem } from '#executor'
