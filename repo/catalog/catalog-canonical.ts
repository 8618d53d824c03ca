import { isAscii } from 'node:buffer'
import { createHash } from 'node:crypto'
import { compareCodePoints } from '#model'

/** Values of catalog files; a Map stands for an object whose keys come from outside. */
export type CatalogJson =
  | null
  | boolean
  | number
  | string
  | readonly CatalogJson[]
  | { readonly [key: string]: CatalogJson }
  | ReadonlyMap<string, CatalogJson>

/** Deepest nesting of a catalog file; the format itself needs 7. */
const maximumDepth = 64

/**
 * The text that catalog signatures are computed over: keys sorted by code point, no blanks, ASCII only with lower-case
 * escapes. Throws RangeError for nesting no catalog has (`nestingAllowed` tells before). Source: catalog-v1 §3.
 */
export function canonicalJson(value: CatalogJson): string {
  const text = write(value, 0)
  return /[\u0080-\uffff]/.test(text)
    ? text.replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    : text
}

/** True when `canonicalJson` can write the value. */
export function nestingAllowed(value: CatalogJson, depth = 0): boolean {
  if (typeof value !== 'object' || value === null) return true
  if (depth >= maximumDepth) return false
  const children = value instanceof Map ? [...value.values()] : Object.values(value as object)
  return children.every((child) => nestingAllowed(child, depth + 1))
}

function write(value: CatalogJson, depth: number): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (depth > maximumDepth) throw new RangeError('nested too deeply')
  if (value instanceof Map) return writeMembers([...value.entries()], depth)
  if (isSorted(value, depth)) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map((item) => write(item, depth + 1)).join(',')}]`
  return writeMembers(Object.entries(value), depth)
}

function writeMembers(members: [string, CatalogJson][], depth: number): string {
  members.sort((a, b) => compareCodePoints(a[0], b[0]))
  return `{${members.map(([key, item]) => `${JSON.stringify(key)}:${write(item, depth + 1)}`).join(',')}}`
}

/** Whether the built-in writer already gives canonical text; it is many times faster. */
function isSorted(value: CatalogJson, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return true
  if (depth > maximumDepth) throw new RangeError('nested too deeply')
  if (value instanceof Map) return false
  if (Array.isArray(value)) return value.every((item) => isSorted(item, depth + 1))
  let last: string | undefined
  for (const [key, item] of Object.entries(value)) {
    if (last !== undefined && compareCodePoints(last, key) >= 0) return false
    if (!isSorted(item, depth + 1)) return false
    last = key
  }
  return true
}

/** A catalog file as text to send or store, and its signature. */
export interface SignedFile {
  readonly bytes: Uint8Array
  /** SHA-1 (hex) of the canonical text without `_SIGNATURE`; what `catalog.attrs` states for the file. */
  readonly sha1: string
}

/** Signs an object that has no `_SIGNATURE` yet. */
export function signFile(members: ReadonlyMap<string, CatalogJson>): SignedFile {
  const text = canonicalJson(members)
  const sha1 = createHash('sha1').update(text, 'latin1').update('\n').digest('hex')
  const separator = members.size === 0 ? '' : ','
  const bytes = Buffer.from(`${text.slice(0, -1)}${separator}${signatureMember(sha1)}}\n`, 'latin1')
  return { bytes, sha1 }
}

/** The member that a signed file ends in. */
export function signatureMember(sha1: string): string {
  return `"_SIGNATURE":{"sha-1":"${sha1}"}`
}

/** The content of a signed file whose signature matches. */
export interface OpenedFile {
  /** Without `_SIGNATURE`. */
  readonly members: ReadonlyMap<string, CatalogJson>
  readonly sha1: string
}

/** Longest catalog file that is read; the largest real one has 100 MB. */
export const maximumFileLength = 400_000_000

/**
 * Reads a catalog file and checks the `_SIGNATURE` that it must have. A string is the reason why not. A file that is
 * written canonically is checked by its bytes alone; any other is written anew in canonical form first.
 */
export function openSignedFile(bytes: Uint8Array): OpenedFile | string {
  if (bytes.length > maximumFileLength) return `longer than ${maximumFileLength} bytes`
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const parsed = parseObject(buffer)
  if (typeof parsed === 'string') return parsed
  const { _SIGNATURE: signature, ...rest } = parsed
  const stated = statedSha1(signature)
  if (stated === undefined) return 'it has no signature'
  const members = new Map(Object.entries(rest))
  if (sha1OfCanonicalBytes(buffer, stated) !== stated) {
    if (!nestingAllowed(members)) return 'nested too deeply'
    const found = createHash('sha1').update(canonicalJson(members), 'latin1').update('\n').digest('hex')
    if (found !== stated) return `its signature is ${stated}, its content has ${found}`
  }
  return { members, sha1: stated }
}

function parseObject(buffer: Buffer): { readonly [key: string]: CatalogJson } | string {
  let parsed: unknown
  try {
    parsed = JSON.parse(decode(buffer))
  } catch (error) {
    return error instanceof SyntaxError || error instanceof TypeError ? 'it is not JSON' : 'it cannot be read'
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return 'it is not a JSON object'
  return parsed as { readonly [key: string]: CatalogJson }
}

function decode(buffer: Buffer): string {
  if (isAscii(buffer)) return buffer.toString('latin1')
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(buffer)
}

function statedSha1(signature: CatalogJson | undefined): string | undefined {
  if (typeof signature !== 'object' || signature === null || Array.isArray(signature)) return undefined
  const members = Object.entries(signature)
  const [name, value] = members[0] ?? []
  return members.length === 1 && name === 'sha-1' && typeof value === 'string' ? value : undefined
}

/** Digest of the file with its trailing signature member cut out; undefined when the file does not end in one. */
function sha1OfCanonicalBytes(buffer: Buffer, stated: string): string | undefined {
  const end = `${signatureMember(stated)}}\n`
  const start = buffer.length - end.length
  if (start < 1 || buffer.toString('latin1', start) !== end) return undefined
  const cut = buffer[start - 1] === 0x2c ? start - 1 : start
  return createHash('sha1').update(buffer.subarray(0, cut)).update('}\n').digest('hex')
}
