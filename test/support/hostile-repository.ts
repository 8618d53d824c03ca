import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { fmriDirectoryPath, parseFmri, parseManifest } from '#model'
import { distributeActions } from '#repo'
import { catalogTimestamp } from '../../repo/catalog/catalog-attrs.ts'
import { type ListedPackage, rebuildCatalog } from '../../repo/publish/catalog-publish.ts'

/** A package whose manifest is written as it stands, whatever a publisher would say to it. */
export interface HostilePackage {
  /** `stem@release`. */
  readonly name: string
  readonly lines: readonly string[]
  /** `stem@release` that the manifest says it is; its own name unless given. */
  readonly claims?: string
  /** `depend` lines; the catalog knows only these. */
  readonly depends?: readonly string[]
}

/** How a payload is not what its action says. */
export interface PayloadLies {
  /** What lies in the repository instead of the packed content. */
  readonly stored?: Uint8Array
  /** Replaces the packed content and all that is said of it: digests fit, sizes are those given. */
  readonly packed?: Uint8Array
  readonly size?: number
  readonly packedSize?: number
}

/** Publisher of all hostile packages. */
export const hostilePublisher = 'bad.example'

const hex = (algorithm: string, bytes: Uint8Array): string =>
  createHash(algorithm).update(bytes).digest('hex')

/** A repository that never asks whether what it publishes makes sense. */
export interface HostileRepository {
  /** Words of a `file` or `license` action after its type, whose payload is stored on publication. */
  payload(content: string | Uint8Array, lies?: PayloadLies): string
  /** Writes packages, payloads and a catalog that fits them. */
  publish(packages: readonly HostilePackage[]): void
}

/** Full FMRI of a hostile package. */
export function hostileFmri(name: string): string {
  return `pkg://${hostilePublisher}/${name},5.11-1:20260101T000000Z`
}

/** Path of a manifest below the root of the repository. */
export function hostileManifestPath(name: string): string {
  const fmri = parseFmri(hostileFmri(name))
  if (!fmri.ok) throw new Error(name)
  return `publisher/${hostilePublisher}/pkg/${fmriDirectoryPath(fmri.value)}`
}

export function hostileRepository(root: string): HostileRepository {
  const payloads = new Map<string, Uint8Array>()
  const write = (path: string, content: string | Uint8Array): void => {
    const full = join(root, path)
    mkdirSync(dirname(full), { recursive: true })
    writeFileSync(full, content)
  }
  return {
    payload(text, lies = {}) {
      const content = Buffer.from(text)
      const packed = lies.packed ?? gzipSync(content)
      const sha1 = hex('sha1', content)
      payloads.set(sha1, lies.stored ?? packed)
      return [
        sha1,
        `chash=${hex('sha1', packed)}`,
        `pkg.content-hash=file:sha512t_256:${hex('sha512-256', content)}`,
        `pkg.content-hash=gzip:sha512t_256:${hex('sha512-256', packed)}`,
        `pkg.size=${lies.size ?? content.length}`,
        `pkg.csize=${lies.packedSize ?? packed.length}`,
      ].join(' ')
    },
    publish(packages) {
      const listed = packages.map(({ name, claims = name, lines, depends = [] }): ListedPackage => {
        const fmri = parseFmri(hostileFmri(name))
        const known = parseManifest(['set name=pkg.summary value=hostile', ...depends, ''].join('\n'))
        if (!fmri.ok || !known.ok) throw new Error(name)
        const text = [
          `set name=pkg.fmri value=${hostileFmri(claims)}`,
          'set name=pkg.summary value=hostile',
          ...depends,
          ...lines,
          '',
        ].join('\n')
        write(hostileManifestPath(name), text)
        return {
          fmri: fmri.value,
          manifestSha1: hex('sha1', Buffer.from(text)),
          actions: distributeActions(known.value),
        }
      })
      write('pkg5.repository', `[publisher]\nprefix = ${hostilePublisher}\n\n[repository]\nversion = 4\n\n`)
      for (const [name, bytes] of rebuildCatalog(listed, catalogTimestamp(Date.UTC(2026, 0, 1))))
        write(`publisher/${hostilePublisher}/catalog/${name}`, bytes)
      for (const [sha1, bytes] of payloads)
        write(`publisher/${hostilePublisher}/file/${sha1.slice(0, 2)}/${sha1}`, bytes)
    },
  }
}

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

/** Replaces a catalog file by what `change` makes of its content, signed as if it were the publisher's; gives the signature. */
export function forgeCatalogFile(path: string, change: (content: { [key: string]: Json }) => Json): string {
  const content = JSON.parse(readFileSync(path, 'utf8')) as { [key: string]: Json }
  delete content._SIGNATURE
  const text = JSON.stringify(sorted(change(content)))
  const signature = hex('sha1', Buffer.from(`${text}\n`))
  writeFileSync(
    path,
    `${text.slice(0, -1)}${text === '{}' ? '' : ','}"_SIGNATURE":{"sha-1":"${signature}"}}\n`,
  )
  return signature
}

/** Forges a part and makes `catalog.attrs`, forged and newer, name its signature. */
export function forgeCatalogPart(
  root: string,
  part: string,
  change: (content: { [key: string]: Json }) => Json,
): void {
  const folder = join(root, 'publisher', hostilePublisher, 'catalog')
  const signature = forgeCatalogFile(join(folder, part), change)
  forgeCatalogFile(join(folder, 'catalog.attrs'), (attributes) => {
    const parts = attributes.parts as { [key: string]: { [key: string]: Json } }
    const later = '20260202T000000.000000Z'
    parts[part] = { 'last-modified': later, 'signature-sha-1': signature }
    return { ...attributes, 'last-modified': later, parts }
  })
}

function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const names = Object.keys(value).sort()
  return Object.fromEntries(names.map((name) => [name, sorted(value[name] ?? null)]))
}
