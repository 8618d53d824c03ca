import { createHash, type Hash } from 'node:crypto'
import {
  type Action,
  actionDigests,
  type Digest,
  type DigestAlgorithm,
  type Filesystem,
  hashNames,
  preferredDigest,
} from '#model'

/** Starts a digest of IPS. */
export function startDigest(algorithm: DigestAlgorithm): Hash {
  return createHash(hashNames[algorithm])
}

/** Hex digest of bytes in memory. */
export function digestOfBytes(algorithm: DigestAlgorithm, bytes: Uint8Array): string {
  return startDigest(algorithm).update(bytes).digest('hex')
}

/** Hex digest of a regular file, read in pieces. */
export function digestOfFile(filesystem: Filesystem, path: string, algorithm: DigestAlgorithm): string {
  const hash = startDigest(algorithm)
  for (const chunk of filesystem.readChunks(path)) hash.update(chunk)
  return hash.digest('hex')
}

/** Best digest over the uncompressed content that an action states. */
export function contentDigest(action: Action): Digest | undefined {
  return preferredDigest(actionDigests(action), 'file')
}
