import { type Action, attribute, attributes } from './action.ts'
import { takesPayload } from './action-types.ts'

/** Digest algorithms of IPS; `sha512t_256` is FIPS SHA-512/256. In order of preference, best first. Source: manifest-and-actions §4. */
export const digestAlgorithms = ['sha512t_256', 'sha256', 'sha1'] as const
export type DigestAlgorithm = (typeof digestAlgorithms)[number]

/** Name of an algorithm in OpenSSL and Node. `sha512t_256` has a start value of its own: it is not a truncated SHA-512. */
export const hashNames: { readonly [A in DigestAlgorithm]: string } = {
  sha512t_256: 'sha512-256',
  sha256: 'sha256',
  sha1: 'sha1',
}

/** The subject of a digest: the uncompressed content, the stored gzip file, or the ELF content. */
export type DigestSubject = 'file' | 'gzip' | 'gelf' | 'gelf.unsigned'

/**
 * The subject that decides whether two versions of a file have the same content: the whole file, or the ELF content of ELF
 * files. Source: `content-update-policy`, manifest-and-actions §4.
 */
export type ContentSubject = 'file' | 'gelf'

const subjects: readonly DigestSubject[] = ['file', 'gzip', 'gelf', 'gelf.unsigned']

export interface Digest {
  readonly subject: DigestSubject
  readonly algorithm: DigestAlgorithm
  /** Lower-case hex. */
  readonly hex: string
}

const hexForm = /^[0-9a-f]+$/

function isHex(text: string, algorithm: DigestAlgorithm): boolean {
  return text.length === (algorithm === 'sha1' ? 40 : 64) && hexForm.test(text)
}

/** True of a text that names a stored payload: SHA-1 in lower-case hex. Safe as a file name. Source: manifest-and-actions §4. */
export function isPayloadName(text: string): boolean {
  return isHex(text, 'sha1')
}

/**
 * SHA-1 (hex) under which a repository stores the payload, whatever other digests there are; undefined when the action has
 * no payload or a word that is no SHA-1. Safe as a file name. Source: manifest-and-actions §4.
 */
export function payloadName(action: Action): string | undefined {
  const { payload } = action
  return payload !== undefined && isPayloadName(payload) ? payload : undefined
}

/**
 * Every digest that a payload action states: `pkg.content-hash`, the positional hash, `chash` and `elfhash`; best first
 * within a subject. Malformed values are left out. Empty for types without payload.
 */
export function actionDigests(action: Action): readonly Digest[] {
  if (!takesPayload(action.type)) return []
  const found: Digest[] = []
  const add = (subject: DigestSubject, algorithm: DigestAlgorithm, hex: string | undefined): void => {
    if (hex !== undefined && isHex(hex, algorithm)) found.push({ subject, algorithm, hex })
  }
  for (const text of attributes(action, 'pkg.content-hash')) {
    const split = text.lastIndexOf(':')
    const kind = text.slice(0, Math.max(split, 0))
    const algorithm = digestAlgorithms.find((one) => kind.endsWith(`:${one}`))
    if (algorithm === undefined) continue
    const extract = kind.slice(0, -algorithm.length - 1)
    const subject = subjects.find((one) => one === extract)
    if (subject !== undefined) add(subject, algorithm, text.slice(split + 1))
  }
  add('file', 'sha1', action.payload)
  add('gzip', 'sha1', attribute(action, 'chash'))
  add('gelf', 'sha1', attribute(action, 'elfhash'))
  const place = (digest: Digest): number =>
    subjects.indexOf(digest.subject) * digestAlgorithms.length + digestAlgorithms.indexOf(digest.algorithm)
  return found.sort((a, b) => place(a) - place(b))
}

/** Best digest of a subject, or undefined. */
export function preferredDigest(digests: readonly Digest[], subject: DigestSubject): Digest | undefined {
  return digests.find((digest) => digest.subject === subject)
}

/**
 * True when both name a common best digest type over the content and it agrees; false when there is none in common.
 * `gelf` compares the ELF content where both state it, else the file. Source: manifest-and-actions §4.
 */
export function sameContent(a: Action, b: Action, subject: ContentSubject = 'file'): boolean {
  const [left, right] = [actionDigests(a), actionDigests(b)]
  const bySubject = agreement(left, right, subject)
  if (bySubject !== undefined) return bySubject
  return subject === 'gelf' ? (agreement(left, right, 'file') ?? false) : false
}

function agreement(a: readonly Digest[], b: readonly Digest[], subject: DigestSubject): boolean | undefined {
  for (const algorithm of digestAlgorithms) {
    const matches = (digest: Digest): boolean => digest.subject === subject && digest.algorithm === algorithm
    const [left, right] = [a.find(matches), b.find(matches)]
    if (left !== undefined && right !== undefined) return left.hex === right.hex
  }
  return undefined
}
