import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { publishAll, type SourcePackage } from './publish-all.ts'

/** How large the made-up packages are. */
export interface BulkSize {
  readonly parts: number
  readonly filesPerPart: number
}

function fileText(part: number, file: number, version: number): string {
  return `part ${part} file ${file} version ${version}\n${'content '.repeat((file % 40) + 1)}\n`
}

/** Version 1 has every file; version 2 changes a third of them, drops a tenth, adds a few and moves one folder. */
function filesOf(part: number, version: number, count: number): readonly { path: string; text: string }[] {
  const files: { path: string; text: string }[] = []
  for (let file = 0; file < count; file++) {
    if (version === 2 && file % 10 === 9) continue
    const folder = version === 2 && file % 25 === 3 ? 'moved' : `d${file % 7}`
    const state = version === 2 && file % 3 === 0 ? 2 : 1
    files.push({ path: `usr/share/bulk-${part}/${folder}/f${file}`, text: fileText(part, file, state) })
  }
  if (version === 2) files.push({ path: `usr/share/bulk-${part}/new/file`, text: `new in version 2\n` })
  return files
}

/** Some files are manuals, some come in one colour only, some may be reverted by their tag. */
function traitsOf(index: number): string {
  if (index % 5 === 1) return ' facet.doc=true'
  if (index % 5 === 2) return ' variant.colour=red'
  return index % 5 === 3 ? ' revert-tag=bulk' : ''
}

function partPackage(proto: string, part: number, version: number, size: BulkSize): SourcePackage {
  const folder = join(proto, `${part}-${version}`)
  const lines = [
    `set name=pkg.fmri value=pkg://bulk/bulk/part-${part}@${version}.0,5.11-1:2026010${version}T00000${part}Z`,
    `set name=pkg.summary value="Part ${part} of a package made to be large"`,
    `file etc/bulk-${part}.conf path=etc/bulk-${part}.conf owner=root group=bin mode=0644 preserve=renamenew`,
    `link path=usr/bulk-${part} target=share/bulk-${part}`,
    `link path=usr/bulk target=share/bulk-${part} mediator=bulk mediator-version=${part + 1}`,
  ]
  const files = [...filesOf(part, version, size.filesPerPart)]
  for (const [index, { path }] of files.entries())
    lines.push(`file ${path} path=${path} owner=root group=bin mode=0444${traitsOf(index)}`)
  files.push({ path: `etc/bulk-${part}.conf`, text: `version=${version}\n` })
  for (const { path, text } of files) {
    mkdirSync(join(folder, path, '..'), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  return { manifest: `${lines.join('\n')}\n`, findPayload: (word) => join(folder, word) }
}

function allPackage(version: number, size: BulkSize): SourcePackage {
  const lines = [
    `set name=pkg.fmri value=pkg://bulk/bulk/all@${version}.0,5.11-1:2026010${version}T000009Z`,
    'set name=pkg.summary value="All the parts"',
  ]
  for (let part = 0; part < size.parts; part++) {
    lines.push(`depend type=require fmri=pkg:/bulk/part-${part}@${version}.0`)
    lines.push(`depend type=incorporate fmri=pkg:/bulk/part-${part}@${version}.0`)
  }
  return { manifest: `${lines.join('\n')}\n`, findPayload: (word) => word }
}

/** Publishes `bulk/all` and its parts, two versions of each, for tests that need an operation to take a while. */
export async function publishBulkRepository(folder: string, size: BulkSize): Promise<void> {
  const proto = `${folder}.proto`
  const packages: SourcePackage[] = []
  for (const version of [1, 2]) {
    for (let part = 0; part < size.parts; part++) packages.push(partPackage(proto, part, version, size))
    packages.push(allPackage(version, size))
  }
  await publishAll(folder, 'bulk', packages, Date.UTC(2026, 0, 3))
}
