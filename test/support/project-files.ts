import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { SourceFile } from './architecture-check.ts'
import { projectRoot } from './shared-data.ts'

const folders = [
  'model',
  'solver',
  'repo',
  'executor',
  'image',
  'cli',
  'bench',
  'test',
  'scripts',
  'docs',
  '.ci',
]

/** Inputs of tests, whose words are data. */
const leftOut: ReadonlySet<string> = new Set(['test/fixtures'])

/** What people write: sources, scripts and pages, by their path from the project root. */
const written = /(?:\.(?:ts|mjs|md|py)|^\.ci\/\w+)$/

function pathsBelow(folder: string): string[] {
  if (leftOut.has(folder)) return []
  return readdirSync(join(projectRoot, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === '.' ? entry.name : `${folder}/${entry.name}`
    if (entry.isDirectory()) return folder === '.' ? [] : pathsBelow(path)
    return entry.isFile() && written.test(path) ? [path] : []
  })
}

/** The written files of the project, without what is installed, built or recorded. */
export function projectFiles(): readonly SourceFile[] {
  return ['.', ...folders]
    .flatMap(pathsBelow)
    .sort()
    .map((path) => ({ path, text: readFileSync(join(projectRoot, path), 'utf8') }))
}

/** Number of the line that holds an offset, from 1. */
export function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length
}
