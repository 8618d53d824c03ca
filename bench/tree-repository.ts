import { copyFileSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import {
  fmriDirectoryPath,
  manifestFmri,
  type PublisherName,
  parseManifest,
  parsePublisherName,
} from '#model'
import { addPublisher, createRepository, rebuildRepositoryCatalog } from '#repo'

const now = Date.UTC(2026, 0, 2)

function must<T>(
  result: { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown },
): T {
  if (!result.ok) throw new Error(JSON.stringify(result.error))
  return result.value
}

/** Makes a version 4 repository of what `generateTree` wrote. The payloads stay where they are, behind a link. */
export async function makeTreeRepository(tree: string, repository: string): Promise<void> {
  const publisher: PublisherName = must(parsePublisherName('bench'))
  const made = must(await addPublisher(must(await createRepository(repository)), publisher, now))
  const folder = join(repository, 'publisher', publisher)
  symlinkSync(join(tree, 'payloads'), join(folder, 'file'))
  for (const name of readdirSync(join(tree, 'manifests'))) {
    const from = join(tree, 'manifests', name)
    const fmri = manifestFmri(must(parseManifest(readFileSync(from, 'utf8'))))
    if (fmri === undefined) throw new Error(`${name} names no package`)
    const to = join(folder, 'pkg', fmriDirectoryPath(fmri))
    mkdirSync(dirname(to), { recursive: true })
    copyFileSync(from, to)
  }
  const report = must(await rebuildRepositoryCatalog(made, publisher, now))
  if (report.skipped.length > 0) throw new Error(JSON.stringify(report.skipped))
}
