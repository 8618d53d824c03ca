import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { fmriDirectoryPath, formatFmri, formatManifest, manifestFmri, parseManifest } from '#model'
import { distributeActions } from '#repo'
import { catalogTimestamp } from '../../repo/catalog/catalog-attrs.ts'
import { type ListedPackage, rebuildCatalog } from '../../repo/publish/catalog-publish.ts'

/** Content of files by the word that stands for it in a manifest. */
export type Contents = ReadonlyMap<string, string | Uint8Array>

const hex = (algorithm: string, bytes: Uint8Array): string =>
  createHash(algorithm).update(bytes).digest('hex')

/** Writes what `repositoryFiles` gives. Publishing again replaces the whole catalog. */
export function publishRepository(root: string, manifests: readonly string[], contents: Contents): void {
  for (const [path, content] of repositoryFiles(manifests, contents)) {
    const full = join(root, path)
    mkdirSync(dirname(full), { recursive: true })
    writeFileSync(full, content)
  }
}

/**
 * Path and content of all files of a repository (version 4) with packages given as manifests. Each has its `pkg.fmri` with publisher
 * and timestamp; a payload action names its content by a word, which is replaced by hash, sizes and digests.
 */
export function repositoryFiles(
  manifests: readonly string[],
  contents: Contents,
): ReadonlyMap<string, Uint8Array> {
  const written = new Map<string, Uint8Array>()
  const write = (path: string, content: string | Uint8Array): void => {
    written.set(path, Buffer.from(content))
  }
  const listed = new Map<string, ListedPackage[]>()
  for (const source of manifests) {
    const manifest = parseManifest(storePayloads(source, contents, write))
    if (!manifest.ok) throw new Error(JSON.stringify(manifest.error))
    const fmri = manifestFmri(manifest.value)
    if (fmri?.publisher === undefined || fmri.version === undefined)
      throw new Error(`no full FMRI in ${source}`)
    const text = formatManifest(manifest.value)
    write(`publisher/${fmri.publisher}/pkg/${fmriDirectoryPath(fmri)}`, text)
    const list = listed.get(fmri.publisher) ?? []
    list.push({
      fmri,
      manifestSha1: hex('sha1', Buffer.from(text)),
      actions: distributeActions(manifest.value),
    })
    listed.set(fmri.publisher, list)
  }
  const [first] = listed.keys()
  write('pkg5.repository', `[publisher]\nprefix = ${first ?? ''}\n\n[repository]\nversion = 4\n\n`)
  for (const [publisher, packages] of listed) {
    packages.sort((a, b) => (formatFmri(a.fmri) < formatFmri(b.fmri) ? -1 : 1))
    const files = rebuildCatalog(packages, catalogTimestamp(Date.UTC(2026, 0, 1) + packages.length * 1000))
    for (const [name, bytes] of files) write(`publisher/${publisher}/catalog/${name}`, bytes)
  }
  return written

  function storePayloads(source: string, words: Contents, store: typeof write): string {
    const publisher = /pkg\.fmri value=pkg:\/\/([^/]+)/.exec(source)?.[1] ?? ''
    return source.replaceAll(/^(file|license) (\S+) /gm, (line: string, type: string, word: string) => {
      const found = words.get(word)
      if (found === undefined) return line
      const content = Buffer.from(found)
      const stored = gzipSync(content)
      const sha1 = hex('sha1', content)
      store(`publisher/${publisher}/file/${sha1.slice(0, 2)}/${sha1}`, stored)
      const facts = [
        `chash=${hex('sha1', stored)}`,
        `pkg.content-hash=file:sha512t_256:${hex('sha512-256', content)}`,
        `pkg.content-hash=gzip:sha512t_256:${hex('sha512-256', stored)}`,
        `pkg.size=${content.length}`,
        `pkg.csize=${stored.length}`,
      ]
      return `${type} ${sha1} ${facts.join(' ')} `
    })
  }
}
