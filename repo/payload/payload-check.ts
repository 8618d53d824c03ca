import type { Hash } from 'node:crypto'
import { createHash } from 'node:crypto'
import { type Digest, type DigestAlgorithm, type DigestSubject, hashNames } from '#model'
import { streamingInflater, wholeInflater } from '../inflate.ts'
import type { RepositoryProblem } from '../problems.ts'
import { TransferError } from '../transfer-error.ts'
import type { PayloadExpectation } from './payload.ts'

/** Up to these many bytes a payload is unpacked in one go. */
const smallStored = 128 * 1024
const smallContent = 1024 * 1024

/** Starts a hash by its IPS name. */
function startHash(algorithm: DigestAlgorithm): Hash {
  return createHash(hashNames[algorithm])
}

/** Looks at a stored payload as it passes by. */
export interface PayloadCheck {
  /** Takes the next piece of the stored file; a problem means that reading on is useless. */
  take(chunk: Uint8Array): Promise<RepositoryProblem | undefined>
  /** Compares all pieces with the statements of the action. Call once, after the last piece. */
  finish(): Promise<RepositoryProblem | undefined>
  /** Gives up; releases the decompressor. */
  abandon(): void
}

/**
 * Checks stored bytes and unpacked content against every statement of the action while they stream, with memory bounded
 * by one piece (small payloads are unpacked whole). A size above what is stated (or above `limit`, where nothing is) ends the check at once, so that a
 * decompression bomb costs no more than the file would. Problems: `bad_size`, `bad_digest`.
 */
export function startPayloadCheck(expected: PayloadExpectation, uri: string, limit: number): PayloadCheck {
  const object = `payload ${expected.name}`
  const tooMuch = (allowed: number, found: number): RepositoryProblem => ({
    code: 'ips::repository_error::bad_size',
    uri,
    object,
    expected: allowed,
    found,
  })
  const storedLimit = expected.storedSize ?? limit
  const contentLimit = expected.size ?? limit
  const stored = startDigests(expected.digests, 'gzip')
  const content = startDigests(expected.digests, 'file')
  let storedSize = 0
  let contentSize = 0
  const onContent = (piece: Uint8Array) => {
    contentSize += piece.length
    if (contentSize > contentLimit) return false
    content.update(piece)
    return true
  }
  const small = storedLimit <= smallStored && contentLimit <= smallContent
  const inflater = small ? wholeInflater(onContent, contentLimit) : streamingInflater(onContent)
  return {
    async take(chunk) {
      storedSize += chunk.length
      if (storedSize > storedLimit) return tooMuch(storedLimit, storedSize)
      stored.update(chunk)
      await inflater.take(chunk)
      return contentSize > contentLimit ? tooMuch(contentLimit, contentSize) : undefined
    },
    async finish() {
      // A decompressor takes nothing at all for the end of a file.
      const unreadable = storedSize === 0 ? 'empty' : await inflater.finish()
      if (contentSize > contentLimit) return tooMuch(contentLimit, contentSize)
      if (expected.storedSize !== undefined && storedSize !== expected.storedSize) {
        return tooMuch(expected.storedSize, storedSize)
      }
      const wrongStored = stored.firstWrong()
      if (wrongStored !== undefined) return badDigest(uri, object, wrongStored.digest, wrongStored.found)
      if (unreadable !== undefined) {
        const digest = expected.digests.find((candidate) => candidate.subject === 'file')
        return badDigest(uri, object, digest, `no gzip file (${unreadable})`)
      }
      if (expected.size !== undefined && contentSize !== expected.size) {
        return tooMuch(expected.size, contentSize)
      }
      const wrongContent = content.firstWrong()
      return wrongContent && badDigest(uri, object, wrongContent.digest, wrongContent.found)
    },
    abandon() {
      inflater.abandon()
    },
  }
}

function badDigest(
  uri: string,
  object: string,
  digest: Digest | undefined,
  found: string,
): RepositoryProblem {
  return {
    code: 'ips::repository_error::bad_digest',
    uri,
    object,
    algorithm: digest === undefined ? 'sha1' : `${digest.subject}:${digest.algorithm}`,
    expected: digest?.hex ?? '',
    found,
  }
}

interface RunningDigests {
  update(chunk: Uint8Array): void
  /** Best first; undefined when all agree. */
  firstWrong(): { readonly digest: Digest; readonly found: string } | undefined
}

/**
 * Sends a whole stored payload through a check, and each piece that may still be sound on to `keep`; ends at the first problem.
 * `bytes` may throw `TransferError`, whose problem is then the answer.
 */
export async function checkPieces(
  check: PayloadCheck,
  bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  keep?: (piece: Uint8Array) => Promise<RepositoryProblem | undefined>,
): Promise<RepositoryProblem | undefined> {
  try {
    for await (const piece of bytes) {
      const problem = (await check.take(piece)) ?? (await keep?.(piece))
      if (problem !== undefined) return problem
    }
    return await check.finish()
  } catch (thrown) {
    if (thrown instanceof TransferError) return thrown.problem
    throw thrown
  } finally {
    check.abandon()
  }
}

function startDigests(all: readonly Digest[], subject: DigestSubject): RunningDigests {
  const wanted = all.filter((digest) => digest.subject === subject)
  const hashes = new Map<DigestAlgorithm, Hash>()
  for (const { algorithm } of wanted) {
    if (!hashes.has(algorithm)) hashes.set(algorithm, startHash(algorithm))
  }
  return {
    update(chunk) {
      for (const hash of hashes.values()) hash.update(chunk)
    },
    firstWrong() {
      const found = new Map([...hashes].map(([algorithm, hash]) => [algorithm, hash.digest('hex')]))
      for (const digest of wanted) {
        const hex = found.get(digest.algorithm) ?? ''
        if (hex !== digest.hex) return { digest, found: hex }
      }
      return undefined
    },
  }
}
