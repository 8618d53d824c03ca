import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import {
  type ActionPlan,
  type ApplyOptions,
  type ApplyReport,
  type ConfiguredMediator,
  createFilesystemExecutor,
  type ExecutorTarget,
  type Inspection,
  type InstallerProblem,
  inspectPackages,
  type ManifestReader,
  type PlanActionsInput,
  planActions,
} from '#executor'
import {
  type Action,
  actionKey,
  createImageFilter,
  type Filesystem,
  type Fmri,
  type ImageFilter,
  type ImageKind,
  type Manifest,
  ok,
  parseAction,
  parseFmri,
  type Result,
} from '#model'

/** Noon of 2026-05-01 UTC, the time at which all small images live. */
export const noon = Date.UTC(2026, 4, 1, 12)
/** Its stamp in lost+found. */
export const noonStamp = '20260501T120000Z'

const payloads = new Map<string, Uint8Array>()

function digest(algorithm: string, bytes: Uint8Array): string {
  return createHash(algorithm).update(bytes).digest('hex')
}

/** `file content="..." path=...` becomes a real file action whose payload is in the store; `\n` is a line end. */
function withPayload(action: Action): Action {
  const text = action.attributes.get('content')
  if (typeof text !== 'string') return action
  const bytes = Buffer.from(text.replaceAll('\\n', '\n'))
  const packed = gzipSync(bytes)
  const hash = digest('sha1', bytes)
  payloads.set(hash, packed)
  const attributes = new Map(action.attributes)
  attributes.delete('content')
  attributes.set('chash', digest('sha1', packed))
  attributes.set('pkg.size', String(bytes.length))
  attributes.set('pkg.csize', String(packed.length))
  attributes.set('pkg.content-hash', `file:sha512t_256:${digest('sha512-256', bytes)}`)
  return { type: action.type, payload: hash, attributes }
}

/** Defaults that most lines share: `mode=0644 owner=root group=root`, 0755 for directories. */
function withDefaults(action: Action): Action {
  if (action.type !== 'file' && action.type !== 'dir') return action
  const attributes = new Map(action.attributes)
  if (!attributes.has('mode')) attributes.set('mode', action.type === 'dir' ? '0755' : '0644')
  if (!attributes.has('owner')) attributes.set('owner', 'root')
  if (!attributes.has('group')) attributes.set('group', 'root')
  return { ...action, attributes }
}

/** A package from `name@version` and action lines. */
export function packageOf(name: string, lines: readonly string[]): PackageManifest {
  const fmri = parseFmri(`pkg://test/${name},5.11:20260101T000000Z`)
  if (!fmri.ok) throw new Error(`bad fmri ${name}`)
  const actions = lines.map((line) => {
    const parsed = parseAction(line)
    if (!parsed.ok) throw new Error(`bad action ${line}`)
    return withPayload(withDefaults(parsed.value))
  })
  return { fmri: fmri.value, manifest: { actions } }
}

/** One package version with its actions. */
export interface PackageManifest {
  readonly fmri: Fmri
  readonly manifest: Manifest
}

/** One package of a plan, with its manifests. */
export interface ManifestChange {
  readonly from: PackageManifest | undefined
  readonly to: PackageManifest | undefined
}

/** Parts of the input of `planActions`, with manifests for the packages that stay. */
export interface PlanOptions extends Partial<Omit<PlanActionsInput<never>, 'changes' | 'kept'>> {
  readonly kept?: readonly PackageManifest[]
}

/** Everything passes. */
export const plainFilter = createImageFilter(new Map(), [])

/** Reads the manifests of packages, told apart by the very objects that are their FMRIs. */
export function readerOf(packages: Iterable<PackageManifest>): ManifestReader<never> {
  const byFmri = new Map(Array.from(packages, (each) => [each.fmri, each]))
  const read = (fmri: Fmri): Result<Manifest, never> => {
    const found = byFmri.get(fmri)
    if (found === undefined) throw new Error(`no manifest of ${fmri.stem}`)
    return ok(found.manifest)
  }
  return {
    read,
    readWanted(fmri, _, visit) {
      const manifest = read(fmri)
      if (manifest.ok) for (const action of manifest.value.actions) visit(action)
      return ok(undefined)
    },
  }
}

/** Inspects the packages of an image. */
export function inspectionOf(
  packages: readonly PackageManifest[],
  filter: ImageFilter = plainFilter,
  settings: readonly ConfiguredMediator[] = [],
): Inspection {
  const fmris = packages.map(({ fmri }) => fmri)
  const inspected = inspectPackages(fmris, readerOf(packages), filter, settings)
  return inspected.ok ? inspected.value : inspected.error
}

/** Plans changes; every part of the input may be given. */
export function planOf(
  changes: readonly ManifestChange[],
  { kept = [], ...options }: PlanOptions = {},
): Result<ActionPlan, InstallerProblem> {
  const changed = changes.flatMap(({ from, to }) => [from, to].flatMap((side) => side ?? []))
  return planActions({
    base: 0,
    imageKind: 'full',
    metadataPath: 'var/pkg',
    manifests: readerOf([...changed, ...kept]),
    oldFilter: plainFilter,
    newFilter: plainFilter,
    mediators: [],
    ...options,
    kept: kept.map(({ fmri }) => fmri),
    changes: changes.map(({ from, to }) => ({ from: from?.fmri, to: to?.fmri })),
  })
}

/** The plan, where there must be one. */
export function goodPlan(changes: readonly ManifestChange[], options: PlanOptions = {}): ActionPlan {
  const plan = planOf(changes, options)
  if (!plan.ok) throw new Error(JSON.stringify(plan.error))
  return plan.value
}

/** `+ usr/bin/x`, `- ...`, `~ ...`: one short line for each change of a plan. */
export function shortChanges(plan: ActionPlan): string[] {
  const signs = { install: '+', remove: '-', update: '~' }
  return Array.from(plan.changes, (change) => {
    const { action } = (change.new ?? change.old)!
    const name = actionKey(action) ?? ''
    const from = change.kind === 'update' ? change.old!.action.attributes.get('path') : undefined
    const moved = typeof from === 'string' && from !== name ? ` (from ${from})` : ''
    return `${signs[change.kind]} ${action.type} ${name}${moved}`
  })
}

/** One package of a change, or nothing. */
export type Side = PackageManifest | undefined

/** A change from one version to another. */
export function change(from: Side, to: Side): ManifestChange {
  return { from, to }
}

/** Where the small image and its payloads lie. */
export interface SmallImage {
  readonly filesystem: Filesystem
  /** Directory that holds `image` and `cache`. */
  readonly top: string
  readonly target: ExecutorTarget
}

/** Writes the payloads and makes an empty image. `top` must exist. */
export function createSmallImage(filesystem: Filesystem, top = ''): SmallImage {
  filesystem.makeDirectory(`${top}/image`, 0o755)
  filesystem.makeDirectory(`${top}/image/var`, 0o755)
  filesystem.makeDirectory(`${top}/image/var/pkg`, 0o755)
  filesystem.makeDirectory(`${top}/cache`, 0o755)
  for (const [hash, bytes] of payloads) {
    filesystem.createFile(`${top}/cache/${hash}`, [bytes], { mode: 0o644, fsync: false })
  }
  return { filesystem, top, target: targetOf(filesystem, top) }
}

/** The target of a small image. */
export function targetOf(filesystem: Filesystem, top = ''): ExecutorTarget {
  return {
    filesystem,
    root: `${top}/image`,
    metadata: `${top}/image/var/pkg`,
    payloadPath: ({ payload }) => (payload === undefined ? undefined : `${top}/cache/${payload}`),
    now: noon,
    asRoot: true,
  }
}

/** Plans and carries out; `kept` stays installed. */
export function applyTo(
  image: Pick<SmallImage, 'target'>,
  changes: readonly ManifestChange[],
  options: PlanOptions & { imageKind?: ImageKind; commit?: ApplyOptions['commit'] } = {},
): Result<ApplyReport, InstallerProblem> {
  const { commit = () => undefined, ...planned } = options
  const plan = planOf(changes, planned)
  if (!plan.ok) return plan
  return createFilesystemExecutor(image.target).execute(plan.value, { commit })
}

/** As `applyTo`, where it must succeed. */
export function mustApply(
  image: Pick<SmallImage, 'target'>,
  changes: readonly ManifestChange[],
  options: PlanOptions & { commit?: ApplyOptions['commit'] } = {},
): ApplyReport {
  const report = applyTo(image, changes, options)
  if (!report.ok) throw new Error(JSON.stringify(report.error))
  return report.value
}
