import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { type CatalogJson, signFile } from '../../repo/catalog/catalog-canonical.ts'

/** Packages of a small catalog: `stem@version` to the actions of its dependency part. */
export type SmallCatalog = Readonly<Record<string, readonly string[]>>

/** Time stamp of every package of a small catalog. */
export const smallTime = '20260101T000000Z'

/** Full FMRI of `stem@version` in a small catalog. */
export function smallFmri(publisher: string, name: string): string {
  const [stem, version] = name.split('@')
  return `pkg://${publisher}/${stem}@${version},5.11:${smallTime}`
}

/** Writes a catalog folder: base and dependency part, signed, plain or gzipped. */
export function writeCatalogFolder(
  folder: string,
  publisher: string,
  packages: SmallCatalog,
  zipped = false,
): string {
  const base = new Map<string, CatalogJson[]>()
  const dependency = new Map<string, CatalogJson[]>()
  for (const [name, actions] of Object.entries(packages)) {
    const [stem = '', short] = name.split('@')
    const version = `${short},5.11:${smallTime}`
    base.set(stem, [...(base.get(stem) ?? []), { version }])
    if (actions.length > 0)
      dependency.set(stem, [...(dependency.get(stem) ?? []), { actions: [...actions], version }])
  }
  mkdirSync(folder, { recursive: true })
  for (const [part, stems] of [
    ['catalog.base.C', base],
    ['catalog.dependency.C', dependency],
  ] as const) {
    const { bytes } = signFile(new Map([[publisher, Object.fromEntries(stems)]]))
    writeFileSync(join(folder, zipped ? `${part}.gz` : part), zipped ? gzipSync(bytes) : bytes)
  }
  return folder
}
