import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect } from 'vitest'
import {
  createImage,
  findImage,
  type Image,
  type ImageHost,
  type OpenMode,
  openImage,
  type SettingsChange,
} from '#image'
import { formatFmri, type SolveRequest } from '#model'
import { loadBackend } from '#solver'
import { createNodeFilesystem } from '../../cli/platform/node-filesystem.ts'
import { type TestHost, testHost } from './image-host.ts'
import { imageOptions } from './image-options.ts'
import { unflushedFilesystem } from './intercepted-filesystem.ts'
import type { LocalServer } from './local-server.ts'
import { publishSmall } from './small-publication.ts'
import { type TemporaryFolder, temporaryFolder } from './small-repository.ts'
import { startStaticDepot } from './static-depot.ts'
import { wholeTree } from './whole-tree.ts'

export const metadata = '.org.opensolaris,pkg'
export const disk = unflushedFilesystem(createNodeFilesystem())
/** Kept over all runs of a test file: loading an engine is not what is tested. */
const backend = loadBackend('cadical')

export let folder: TemporaryFolder
export let root: string
export let repository: string
const depots: LocalServer[] = []
/** Gives every test of a file a new folder with the small repository. */
export function usePublishedImages(): void {
  beforeEach(() => {
    folder = temporaryFolder()
    root = join(folder.path, 'image')
    repository = join(folder.path, 'repository')
    publishSmall(repository)
  })
  afterEach(async () => {
    for (const depot of depots.splice(0)) await depot.close()
    folder.remove()
  })
}

/** Serves the small repository until the test ends: what comes from a depot goes through the content cache. */
export async function serveRepository(): Promise<LocalServer> {
  const depot = await startStaticDepot(repository, { prefixed: true, publisher: 'small.example' })
  depots.push(depot)
  return depot
}

export function newHost(changes: Partial<ImageHost> = {}): TestHost {
  return testHost(disk, { loadBackend: () => backend, ...changes })
}

export async function newImage(
  host: ImageHost = newHost(),
  properties: ReadonlyMap<string, string> = new Map(),
  uri = `file://${repository}`,
): Promise<Image> {
  const made = await createImage(host, imageOptions(root, { properties, publisher: { uri } }))
  if (!made.ok) throw new Error(JSON.stringify(made.error))
  return made.value.image
}

export async function reopen(host: ImageHost, mode: OpenMode = 'write') {
  const found = findImage(disk, {
    exactRoot: root,
    startDirectory: '/',
    walkUp: true,
    liveRoot: '/',
  })
  if (!found.ok) throw new Error(found.error.code)
  return openImage(host, found.value, mode)
}

export async function opened(host: ImageHost): Promise<Image> {
  const image = await reopen(host)
  if (!image.ok) throw new Error(JSON.stringify(image.error))
  return image.value
}

export type Operation = SolveRequest['operation']

export function run(image: Image, operation: Operation, ...patterns: string[]) {
  return runWith(image, operation, patterns, undefined)
}

/** As `run`, with other settings. */
export function runWith(
  image: Image,
  operation: Operation,
  patterns: readonly string[],
  settings: SettingsChange | undefined,
) {
  return image.install(
    { operation, patterns, reject: [], ignoreMissing: false },
    {
      refresh: operation !== 'uninstall',
      dryRun: false,
      ...(settings === undefined ? {} : { settings }),
      acceptLicenses: false,
      decide: () => ({ ok: true, value: 'apply' }),
    },
  )
}

export async function succeed(image: Image, operation: Operation, ...patterns: string[]) {
  const done = await run(image, operation, ...patterns)
  if (!done.ok) throw new Error(JSON.stringify(done.error))
  expect(done.value.applied).toBeDefined()
  return done.value
}

export async function installedNames(image: Image): Promise<string[]> {
  const installed = await image.installed()
  if (!installed.ok) throw new Error(installed.error.code)
  return installed.value.map(
    ({ fmri, manual }) => `${formatFmri(fmri, 'short').slice(6)}${manual ? ' manual' : ''}`,
  )
}

/**
 * All that a failed command must not change: the tree, the database, the configuration and the installed manifests. Not among it: caches,
 * history, and what the next writer sweeps up.
 */
export function essence(): readonly string[] {
  const passing =
    /^\.org\.opensolaris,pkg\/(cache|history|modified|reserve|lock|journal\.new|publisher\/[^/]+\/(file|origins|last_refreshed))/
  return wholeTree(root, (path) => passing.test(path))
}

/** The tree outside the metadata directory, without owners. */
export function tree(): string[] {
  return wholeTree(root, (path) => path === metadata).map((line) => {
    const [mode, , , type, path, ...rest] = line.split(' ')
    return type === 'file'
      ? `${mode} ${path} ${JSON.stringify(readFileSync(join(root, path ?? ''), 'utf8'))}`
      : `${mode} ${path} ${rest.join(' ')}`.trim()
  })
}

export async function verifiesClean(image: Image): Promise<void> {
  const report = await image.verify({ patterns: [], paths: [] })
  if (!report.ok) throw new Error(JSON.stringify(report.error))
  for (const { fmri, findings } of report.value.packages) expect(findings, formatFmri(fmri)).toEqual([])
}

export const greetOne = [
  '0755 etc',
  '0644 etc/greet.conf "loud = no\\n"',
  '0755 usr',
  '0755 usr/bin',
  '0755 usr/bin/gr "#!/bin/sh\\necho hello\\n"',
  '0755 usr/bin/greet "#!/bin/sh\\necho hello\\n"',
  '0777 usr/bin/hello -> greet',
  '0755 usr/lib',
  '0644 usr/lib/words "hello again\\n"',
  '0755 usr/share',
  '0755 usr/share/man',
  '0444 usr/share/man/greet.1 ".TH GREET 1\\n"',
]
