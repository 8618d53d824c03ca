import type { Action } from './action.ts'

/** Digest algorithms of IPS; `sha512t_256` is FIPS SHA-512/256. In order of preference, best first. Source: manifest-and-actions §4. */
export const digestAlgorithms = ['sha512t_256', 'sha256', 'sha1'] as const
export type DigestAlgorithm = (typeof digestAlgorithms)[number]

/** What a digest is computed over: the uncompressed content, the stored gzip file, or the ELF content. */
export type DigestSubject = 'file' | 'gzip' | 'gelf' | 'gelf.unsigned'

export interface Digest {
  readonly subject: DigestSubject
  readonly algorithm: DigestAlgorithm
  /** Lower-case hex. */
  readonly hex: string
}

/** Every digest that a payload action states, positional hash and chash included; best first within a subject. Malformed values are left out. */
export function actionDigests(_action: Action): readonly Digest[] {
  throw new Error('unwritten')
}
/** Best digest of a subject, or undefined. */
export function preferredDigest(_digests: readonly Digest[], _subject: DigestSubject): Digest | undefined {
  throw new Error('unwritten')
}
/** True when both name a common best digest type over `file` content and it agrees; false when there is none in common. */
export function sameContent(_a: Action, _b: Action): boolean {
  throw new Error('unwritten')
}
