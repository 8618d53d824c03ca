import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import {
  type ActionPlan,
  type ApplyReport,
  createFilesystemExecutor,
  type ExecutorTarget,
  type InstallerProblem,
  type PackageChange,
  type PackageManifest,
  type PlanActionsInput,
  planActions,
} from '#executor'
import {
  type Action,
  actionKey,
  createImageFilter,
  type Filesystem,
  type ImageKind,
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

/** Everything passes. */
export const plainFilter = createImageFilter(new Map(), [])

/** Plans changes; every part of the input may be given. */
export function planOf(
  changes: readonly PackageChange[],
  options: Partial<PlanActionsInput> = {},
): Result<ActionPlan, InstallerProblem> {
  return planActions({
    base: 0,
    imageKind: 'full',
    metadataPath: 'var/pkg',
    kept: [],
    oldFilter: plainFilter,
    newFilter: plainFilter,
    mediators: [],
    ...options,
    changes,
  })
}

/** The plan, where there must be one. */
export function goodPlan(
  changes: readonly PackageChange[],
  options: Partial<PlanActionsInput> = {},
): ActionPlan {
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
export function change(from: Side, to: Side): PackageChange {
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
  changes: readonly PackageChange[],
  options: Partial<PlanActionsInput> & { imageKind?: ImageKind; commit?: () => void } = {},
): Result<ApplyReport, InstallerProblem> {
  const { commit = () => {}, ...planned } = options
  const plan = planOf(changes, planned)
  if (!plan.ok) return plan
  return createFilesystemExecutor(image.target).execute(plan.value, { commit })
}

/** As `applyTo`, where it must succeed. */
export function mustApply(
  image: Pick<SmallImage, 'target'>,
  changes: readonly PackageChange[],
  options: Partial<PlanActionsInput> & { commit?: () => void } = {},
): ApplyReport {
  const report = applyTo(image, changes, options)
  if (!report.ok) throw new Error(JSON.stringify(report.error))
  return report.value
}
