import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import type { Result } from '#model'
import { err } from '#model'
import type { StoredFile } from '../layout/stored-file.ts'
import { readProblem } from '../layout/stored-file.ts'
import type { RepositoryProblem } from '../problems.ts'
import type { PayloadExpectation } from './payload.ts'
import { checkPieces, startPayloadCheck } from './payload-check.ts'
import { SMALL, writeWhole } from './payload-save.ts'

/** Copies after which others get their turn: progress, signals, time limits. */
const IN_A_ROW = 32

/** Copies payloads from a folder of this machine. */
export interface PayloadCopier {
  /**
   * As `savePayload`, for a small file: it is read, checked and written by the few plain calls that it takes, for a thread that
   * takes them over costs more than they do. Undefined when the file is not small.
   */
  copy(job: {
    readonly file: StoredFile
    readonly expected: PayloadExpectation
    readonly destination: string
    readonly limit: number
  }): Promise<Result<void, RepositoryProblem> | undefined>
}

/** Its copies share one buffer. */
export function createPayloadCopier(): PayloadCopier {
  let buffer: Buffer | undefined
  let copies = 0
  return {
    async copy({ file, expected, destination, limit }) {
      if (++copies % IN_A_ROW === 0) await new Promise(setImmediate)
      buffer ??= Buffer.allocUnsafe(SMALL)
      let bytes: Buffer | undefined
      try {
        bytes = readSmall(file.path, buffer)
      } catch (thrown) {
        return err(readProblem(file, thrown))
      }
      if (bytes === undefined) return undefined
      // The check may wait, and meanwhile the buffer is another's.
      const own = Buffer.from(bytes)
      const problem = await checkPieces(startPayloadCheck(expected, file.uri, limit), [own])
      return problem === undefined ? writeWhole(own, destination) : err(problem)
    },
  }
}

/** Whole content of a regular file of at most `SMALL` bytes; undefined for larger ones, and for pipes and devices, which never end. */
function readSmall(path: string, buffer: Buffer): Buffer | undefined {
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    const status = fstatSync(file)
    const { size } = status
    if (size > SMALL || !status.isFile()) return undefined
    let length = 0
    while (length < size) {
      const read = readSync(file, buffer, length, size - length, null)
      if (read === 0) break
      length += read
    }
    return buffer.subarray(0, length)
  } finally {
    closeSync(file)
  }
}
