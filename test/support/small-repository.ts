import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Action, Fmri, PublisherName } from '#model'
import { parseAction, parseFmri, parsePublisherName } from '#model'

/** A folder that is deleted when it goes out of use. */
export interface TemporaryFolder {
  readonly path: string
  remove(): void
}

export function temporaryFolder(): TemporaryFolder {
  const path = mkdtempSync(join(tmpdir(), 'pkg6-test-'))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

/** A payload as a repository stores it, with the action that names it. */
export interface SmallPayload {
  readonly content: Buffer
  readonly stored: Buffer
  readonly sha1: string
  readonly action: Action
}

const hex = (algorithm: string, bytes: Uint8Array) => createHash(algorithm).update(bytes).digest('hex')

/** Makes a payload with all digests; `lies` replace or (undefined) remove attributes of the action. */
export function smallPayload(
  text: string | Buffer,
  lies: Readonly<Record<string, string | readonly string[] | undefined>> = {},
): SmallPayload {
  const content = Buffer.from(text)
  const stored = gzipSync(content)
  const sha1 = hex('sha1', content)
  const attributes: Record<string, string | readonly string[] | undefined> = {
    chash: hex('sha1', stored),
    'pkg.content-hash': [
      `file:sha512t_256:${hex('sha512-256', content)}`,
      `gzip:sha512t_256:${hex('sha512-256', stored)}`,
    ],
    'pkg.csize': String(stored.length),
    'pkg.size': String(content.length),
    ...lies,
  }
  const words = Object.entries(attributes).flatMap(([name, value]) =>
    [value ?? []].flat().map((one) => `${name}=${one}`),
  )
  const line = `file ${sha1} path=usr/x owner=root group=bin mode=0644 ${words.join(' ')}`
  return { content, stored, sha1, action: actionOf(line) }
}

export function actionOf(line: string): Action {
  const action = parseAction(line)
  if (!action.ok) throw new Error(`${line}: ${JSON.stringify(action.error)}`)
  return action.value
}

export function fmriOf(text: string): Fmri {
  const fmri = parseFmri(text)
  if (!fmri.ok) throw new Error(text)
  return fmri.value
}

export function publisherOf(name: string): PublisherName {
  const publisher = parsePublisherName(name)
  if (!publisher.ok) throw new Error(name)
  return publisher.value
}

/** Text of the one manifest of `writeSmallRepository`. */
export const smallManifest =
  'set name=pkg.fmri value=pkg://small.example/tools/greeter@1.0,5.11-1:20260101T000000Z\n' +
  'set name=pkg.summary value="Grüße, world"\n'

export const smallFmri = 'pkg://small.example/tools/greeter@1.0,5.11-1:20260101T000000Z'
export const smallManifestSha1 = hex('sha1', Buffer.from(smallManifest))

/** Writes a version 4 repository with publishers small.example (default) and other.example, one package and the payloads given. */
export function writeSmallRepository(root: string, payloads: readonly SmallPayload[]): void {
  const write = (path: string, content: string | Uint8Array) => {
    const full = join(root, path)
    mkdirSync(dirname(full), { recursive: true })
    writeFileSync(full, content)
  }
  write('pkg5.repository', '[publisher]\nprefix = small.example\n\n[repository]\nversion = 4\n\n')
  write('publisher/small.example/catalog/catalog.attrs', '{"version":1}\n')
  write('publisher/other.example/catalog/catalog.attrs', '{"version":1,"parts":{}}\n')
  const version = '1.0%2C5.11-1%3A20260101T000000Z'
  write(`publisher/small.example/pkg/tools%2Fgreeter/${version}`, smallManifest)
  for (const { sha1, stored } of payloads) {
    write(`publisher/small.example/file/${sha1.slice(0, 2)}/${sha1}`, stored)
  }
}
