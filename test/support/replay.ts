import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  type ActionPlan,
  type ConfiguredMediator,
  createFilesystemExecutor,
  type ExecutorTarget,
  planRepair,
  type Repair,
  verifyPackage,
} from '#executor'
import {
  compareVersions,
  createImageFilter,
  type FacetSetting,
  type Fmri,
  isInside,
  manifestFmri,
  parseManifest,
  parseVersion,
  unquote,
} from '#model'
import { createNodeFilesystem } from '../../cli/platform/node-filesystem.ts'
import { inspectionOf, type ManifestChange, type PackageManifest, planOf, readerOf } from './small-image.ts'
import { listTree } from './tree-listing.ts'

/** One recorded command. */
export interface RecordedCommand {
  readonly cmd: readonly string[]
  readonly exit: number
  readonly tree?: readonly string[]
  readonly salvaged?: readonly string[]
}

interface Repository {
  readonly packages: readonly PackageManifest[]
  readonly payload: (hash: string) => string | undefined
}

function readManifest(path: string): PackageManifest[] {
  const manifest = parseManifest(readFileSync(path, 'utf8'))
  if (!manifest.ok) throw new Error(`bad manifest ${path}`)
  const fmri = manifestFmri(manifest.value)
  return fmri === undefined ? [] : [{ fmri, manifest: manifest.value }]
}

/** All packages of a few version 4 repositories. */
export function readRepositories(paths: readonly string[]): Repository {
  const packages: PackageManifest[] = []
  const files: string[] = []
  for (const path of paths) {
    for (const publisher of readdirSync(join(path, 'publisher'))) {
      const base = join(path, 'publisher', publisher)
      files.push(join(base, 'file'))
      for (const stem of readdirSync(join(base, 'pkg'))) {
        for (const version of readdirSync(join(base, 'pkg', stem))) {
          if (unquote(version) !== undefined) packages.push(...readManifest(join(base, 'pkg', stem, version)))
        }
      }
    }
  }
  const payload = (hash: string) =>
    files.map((base) => join(base, hash.slice(0, 2), hash)).find((place) => existsSync(place))
  return { packages, payload }
}

/** Follows recorded commands with the executor alone: requests name all versions, dependencies are the newest there are. */
export interface Replay {
  readonly root: string
  /** Carries out one command; false when the executor refused it. */
  run(command: RecordedCommand): boolean
  /** The image as the records show it, without the metadata folder. */
  tree(): string[]
  /** What lies in lost+found, with `{TIME}` for stamps. */
  salvaged(): string[]
}

interface State {
  installed: Map<string, PackageManifest>
  facets: FacetSetting[]
  variants: Map<string, string>
  mediators: Map<string, ConfiguredMediator>
  clock: number
}

function newest(
  repository: Repository,
  stem: string,
  version: string | undefined,
): PackageManifest | undefined {
  const wanted = version === undefined ? undefined : parseVersion(version)
  return repository.packages
    .filter(({ fmri }) => fmri.stem === stem)
    .filter(({ fmri }) => wanted === undefined || (wanted.ok && isInside(fmri.version!, wanted.value)))
    .sort((a, b) => compareVersions(b.fmri.version!, a.fmri.version!))[0]
}

/** The named packages and what they require. */
function closure(repository: Repository, state: State, names: readonly string[]): PackageManifest[] {
  const filter = filterOf(state)
  const found = new Map<string, PackageManifest>()
  const add = (stem: string, version: string | undefined): void => {
    if (found.has(stem)) return
    const package_ = newest(repository, stem, version)
    if (package_ === undefined) throw new Error(`no package ${stem}`)
    found.set(stem, package_)
    for (const action of package_.manifest.actions) {
      if (action.type !== 'depend' || action.attributes.get('type') !== 'require') continue
      if (!filter.actionApplies(action)) continue
      const [needed] = String(action.attributes.get('fmri'))
        .replace(/^pkg:\/+/, '')
        .split('@')
      if (needed !== undefined && !state.installed.has(needed)) add(needed, undefined)
    }
  }
  for (const name of names) {
    const [stem, version] = name.split('@')
    add(stem!, version)
  }
  return [...found.values()]
}

function filterOf(state: State): ReturnType<typeof createImageFilter> {
  return createImageFilter(state.variants, state.facets)
}

/** What `fix` would do: the failing actions again. */
function repairs(state: State, target: ExecutorTarget, settings: readonly ConfiguredMediator[]): ActionPlan {
  const filter = filterOf(state)
  const packages = [...state.installed.values()]
  const repairs: Repair[] = []
  const overlays = new Map<string, { fmri: Fmri; action: PackageManifest['manifest']['actions'][number] }>()
  for (const { fmri, manifest } of packages) {
    for (const action of manifest.actions) {
      if (action.attributes.get('overlay') === 'true')
        overlays.set(String(action.attributes.get('path')), { fmri, action })
    }
  }
  const linkChosen = inspectionOf(packages, filter, settings).linkChosen
  const installed = new Map<string, Fmri>(packages.map(({ fmri }) => [fmri.stem, fmri]))
  for (const { fmri, manifest } of packages) {
    const findings = verifyPackage({
      ...target,
      fmri,
      manifest,
      filter,
      linkChosen,
      installedSet: { installed: (stem) => installed.get(stem), avoided: new Set() },
      isDirectory: () => false,
      isDelivered: () => false,
      overlaidBy: (path) => {
        const overlay = overlays.get(path)
        return overlay?.fmri.stem === fmri.stem ? undefined : overlay
      },
    })
    for (const { level, action, repair, overlaidBy } of findings) {
      if (level === 'error' && repair !== undefined && overlaidBy === undefined)
        repairs.push({ fmri, action, repair })
    }
  }
  const plan = planRepair({
    base: 0,
    imageKind: 'full',
    metadataPath: 'var/pkg',
    repairs,
    packages: packages.map(({ fmri }) => fmri),
    manifests: readerOf(packages),
    filter,
    linkChosen,
    discards: [],
  })
  if (!plan.ok) throw new Error(JSON.stringify(plan.error))
  return plan.value
}

function optionValues(cmd: readonly string[], option: string): string | undefined {
  const at = cmd.indexOf(option)
  return at < 0 ? undefined : cmd[at + 1]
}

/** Starts with an empty full image below `top`. */
export function startReplay(repository: Repository, top: string): Replay {
  const root = join(top, 'image')
  mkdirSync(join(root, 'var/pkg'), { recursive: true })
  const filesystem = createNodeFilesystem()
  const state: State = {
    installed: new Map(),
    facets: [],
    variants: new Map([
      ['variant.arch', 'i386'],
      ['variant.opensolaris.zone', 'global'],
      ['variant.opensolaris.imagetype', 'full'],
    ]),
    mediators: new Map(),
    clock: Date.UTC(2026, 10, 22),
  }
  const target = (): ExecutorTarget => {
    state.clock += 2000
    return targetAt(state.clock)
  }
  const targetAt = (now: number): ExecutorTarget => ({
    filesystem,
    root,
    metadata: join(root, 'var/pkg'),
    payloadPath: ({ payload }) => (payload === undefined ? undefined : repository.payload(payload)),
    now,
    asRoot: true,
  })

  function carryOut(next: State): boolean {
    const refilter = state.facets !== next.facets || state.variants !== next.variants
    const changes: ManifestChange[] = []
    const kept: PackageManifest[] = []
    for (const stem of new Set([...state.installed.keys(), ...next.installed.keys()])) {
      const from = state.installed.get(stem)
      const to = next.installed.get(stem)
      if (from === to && !refilter) kept.push(from!)
      else changes.push({ from, to })
    }
    const plan = planOf(changes, {
      kept,
      oldFilter: filterOf(state),
      newFilter: filterOf(next),
      mediators: [...next.mediators.values()],
      oldMediators: [...state.mediators.values()],
    })
    if (!plan.ok) return false
    const done = createFilesystemExecutor(target()).execute(plan.value, { commit: () => {} })
    if (done.ok) Object.assign(state, next, { clock: state.clock })
    return done.ok
  }

  function install(names: readonly string[]): boolean {
    const installed = new Map(state.installed)
    for (const package_ of closure(repository, state, names)) installed.set(package_.fmri.stem, package_)
    return carryOut({ ...state, installed })
  }

  function setFacets(assignments: readonly string[]): boolean {
    let facets = [...state.facets]
    for (const each of assignments) {
      const [short, value] = each.split('=')
      const name = short!.startsWith('facet.') ? short! : `facet.${short}`
      facets = facets.filter((facet) => facet.name !== name)
      if (value !== 'None') facets.push({ name, value: value!.toLowerCase() === 'true', source: 'local' })
    }
    return carryOut({ ...state, facets })
  }

  function setVariants(assignments: readonly string[]): boolean {
    const variants = new Map(state.variants)
    for (const each of assignments) {
      const [short, value] = each.split('=')
      variants.set(short!.startsWith('variant.') ? short! : `variant.${short}`, value!)
    }
    return carryOut({ ...state, variants })
  }

  function setMediator(cmd: readonly string[]): boolean {
    const mediators = new Map(state.mediators)
    const mediator = cmd.at(-1)!
    const known = mediators.get(mediator)
    if (cmd[1] === 'unset-mediator') {
      mediators.delete(mediator)
      if (known !== undefined && cmd.includes('-V')) mediators.set(mediator, { ...known, version: undefined })
      if (known !== undefined && cmd.includes('-I'))
        mediators.set(mediator, { ...known, implementation: undefined })
    } else {
      mediators.set(mediator, {
        mediator,
        version: optionValues(cmd, '-V') ?? known?.version,
        implementation: optionValues(cmd, '-I') ?? known?.implementation,
      })
    }
    return carryOut({ ...state, mediators })
  }

  function run({ cmd }: RecordedCommand): boolean {
    if (cmd[0] === 'sh') {
      // Stamps differ because the clock of the replay moves, so nobody needs to wait.
      const script = cmd[2]!.replaceAll('{IMAGE}', root)
      if (!script.startsWith('sleep')) execFileSync('sh', ['-c', script])
      return true
    }
    const names = cmd.slice(2).filter((word) => !word.startsWith('-'))
    switch (cmd[1]) {
      case 'install':
      case 'update':
        return install(names)
      case 'uninstall': {
        const installed = new Map(state.installed)
        for (const name of names) installed.delete(name)
        return carryOut({ ...state, installed: names[0] === '*' ? new Map() : installed })
      }
      case 'change-facet':
        return setFacets(names)
      case 'change-variant':
        return setVariants(names)
      case 'set-mediator':
      case 'unset-mediator':
        return setMediator(cmd)
      case 'fix': {
        const plan = repairs(state, target(), [...state.mediators.values()])
        return createFilesystemExecutor(target()).execute(plan, { commit: () => {} }).ok
      }
      default:
        return true
    }
  }

  return {
    root,
    run,
    tree: () => listTree(filesystem, root, (path) => path === 'var/pkg', 'sha256'),
    salvaged() {
      if (!existsSync(join(root, 'var/pkg/lost+found'))) return []
      const lines = listTree(filesystem, join(root, 'var/pkg/lost+found'), undefined, 'sha256')
      return lines.map((line) => line.replace(/-[0-9]{8}T[0-9]{6}Z(-[0-9]+)?/g, '-{TIME}'))
    },
  }
}
