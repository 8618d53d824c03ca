import { dirname, resolve } from 'node:path'
import {
  err,
  type FacetSetting,
  type ImageSnapshot,
  ok,
  type Result,
  type SettingFault,
  type SolveRequest,
  settingFault,
} from '#model'
import { isStandardInput } from '../../io/input-file.ts'
import { readJsonObject } from '../../io/json-file.ts'
import {
  asFlag,
  asMap,
  asText,
  asTexts,
  type JsonPlace,
  member,
  type ShapeFault,
} from '../../io/json-shape.ts'
import type { CliProblem } from '../../problems.ts'
import { facetName, isFlag, isText, readImageFile } from './image-file.ts'

/** A request file and the image file it names. */
export interface RequestFile {
  /** Empty where the file gives none. */
  readonly id: string
  readonly request: SolveRequest
  /** With the facets and variants that the request changes as it wants them. */
  readonly snapshot: ImageSnapshot
  /** The image with the settings it has; only of requests that change them. */
  readonly before?: ImageSnapshot
  /** `autoremove`: an uninstall of what nobody needs, which takes the catalog to tell. */
  readonly unneeded?: true
  /** Catalog folders the image file names, for programs that know where they lie. */
  readonly catalogs: readonly string[]
}

/** What an operation takes besides `reject`. */
const operations = {
  install: 'patterns',
  update: 'perhaps patterns',
  uninstall: 'patterns',
  'exact-install': 'patterns',
  autoremove: 'nothing',
  'change-facet': 'facets',
  'change-variant': 'variants',
  sync: 'nothing',
} as const
type Operation = keyof typeof operations

const isOperation = (word: string): word is Operation => Object.hasOwn(operations, word)
const isSetting = (value: unknown): value is boolean | null => value === null || isFlag(value)

/**
 * Reads a request from a file that is named as for `readInputFile` (`{"image", "operation", "patterns", "reject", "ignore-missing", "facets", "variants"}`) and its image, which is named
 * relative to it, or to `cwd` for standard input. Other members of the file (title, expectations) are ignored. Patterns are read by the solver.
 * Problems: `unreadable_file`, `bad_request_file`.
 */
export async function readRequestFile(name: string, cwd: string): Promise<Result<RequestFile, CliProblem>> {
  const path = isStandardInput(name) ? name : resolve(cwd, name)
  const root = await readJsonObject(path, cwd)
  if (!root.ok) return root
  const read = readRequest(root.value)
  if (!read.ok) return err({ code: 'ips::cli_error::bad_request_file', path, ...read.error })
  const { image, ...request } = read.value
  const imageFile = await readImageFile(resolve(isStandardInput(name) ? cwd : dirname(path), image))
  if (!imageFile.ok) return imageFile
  const { snapshot, catalogs } = imageFile.value
  const settled = settle(request, snapshot)
  if (!settled.ok) return err({ code: 'ips::cli_error::bad_request_file', path, ...settled.error })
  return ok({ id: request.id, catalogs, ...settled.value })
}

/** A request as written. */
interface Written {
  readonly id: string
  readonly operation: Operation
  readonly patterns: readonly string[]
  readonly reject: readonly string[]
  readonly ignoreMissing: boolean
  readonly facets: ReadonlyMap<string, boolean | null>
  readonly variants: ReadonlyMap<string, string>
}

const fault = (at: string, wanted: string): Result<never, ShapeFault> => err({ at, wanted })

function readRequest(root: object): Result<Written & { readonly image: string }, ShapeFault> {
  const place = (name: string): JsonPlace | undefined => member(root, name, '')
  const needed = (name: string): Result<string, ShapeFault> => {
    const found = place(name)
    return found === undefined ? fault('/', `an object with '${name}'`) : asText(found)
  }
  const id = place('id') === undefined ? ok('') : needed('id')
  if (!id.ok) return id
  const image = needed('image')
  if (!image.ok) return image
  const operation = needed('operation')
  if (!operation.ok) return operation
  if (!isOperation(operation.value))
    return fault('/operation', `one of ${Object.keys(operations).join(', ')}`)
  const patterns = asTexts(place('patterns'))
  if (!patterns.ok) return patterns
  const reject = asTexts(place('reject'))
  if (!reject.ok) return reject
  const ignoreMissing = asFlag(place('ignore-missing'))
  if (!ignoreMissing.ok) return ignoreMissing
  const facets = asMap(place('facets'), isSetting, 'true, false or null')
  if (!facets.ok) return facets
  const variants = asMap(place('variants'), isText, 'a text')
  if (!variants.ok) return variants
  const written = {
    id: id.value,
    image: image.value,
    operation: operation.value,
    patterns: patterns.value,
    reject: reject.value,
    ignoreMissing: ignoreMissing.value,
    facets: facets.value,
    variants: variants.value,
  }
  const misfit = findMisfit(written)
  return misfit === undefined ? ok(written) : err(misfit)
}

/** What an operation takes and does not get, or gets and does not take. */
function findMisfit({ operation, patterns, facets, variants }: Written): ShapeFault | undefined {
  const takes = operations[operation]
  if (takes === 'patterns' && patterns.length === 0) return { at: '/patterns', wanted: 'one pattern or more' }
  if (takes === 'facets' && facets.size === 0) return { at: '/facets', wanted: 'one facet or more' }
  if (takes === 'variants' && variants.size === 0) return { at: '/variants', wanted: 'one variant or more' }
  const none = (name: string) => ({ at: `/${name}`, wanted: `empty, as ${operation} takes none` })
  if (!takes.endsWith('patterns') && patterns.length > 0) return none('patterns')
  if (takes !== 'facets' && facets.size > 0) return none('facets')
  if (takes !== 'variants' && variants.size > 0) return none('variants')
  const bad = settingFault({
    facets: new Map([...facets].map(([name, value]) => [facetName(name), value ?? undefined])),
    variants: new Map([...variants].map(([name, value]) => [variantName(name), value])),
  })
  return bad === undefined ? undefined : { at: `/${takes}`, wanted: settable[bad.why] }
}

/** What the names of settings have to be, as at `change-facet` and `change-variant`. */
const settable: Readonly<Record<SettingFault['why'], string>> = {
  blank: 'without blanks in names',
  empty: 'without empty names',
  glob: 'without wildcards in names',
  'every-lock-true': 'without facet.version-lock.*, which may only be null',
  'every-lock-false': 'without facet.version-lock.*, which may only be null',
}

/** The request as the solver takes it, and the image with the settings it wants. */
function settle(
  written: Written,
  image: ImageSnapshot,
): Result<Pick<RequestFile, 'request' | 'snapshot' | 'before' | 'unneeded'>, ShapeFault> {
  const { operation, patterns, reject, ignoreMissing } = written
  const request = { patterns, reject, ignoreMissing }
  switch (operation) {
    case 'autoremove':
      return ok({ request: { ...request, operation: 'uninstall' }, snapshot: image, unneeded: true })
    case 'change-facet':
    case 'change-variant':
      return ok({ request: { ...request, operation }, snapshot: withSettings(image, written), before: image })
    case 'sync':
      if (image.parent === undefined)
        return fault('/operation', 'possible without a parent in the image file')
      return ok({ request: { ...request, operation }, snapshot: image })
    default:
      return ok({ request: { ...request, operation }, snapshot: image })
  }
}

function withSettings(image: ImageSnapshot, { facets, variants }: Written): ImageSnapshot {
  const changed = new Map([...facets].map(([name, value]) => [facetName(name), value]))
  const kept = image.facets.filter(({ name, source }) => source !== 'local' || !changed.has(name))
  const set = [...changed].flatMap(([name, value]): FacetSetting[] =>
    value === null ? [] : [{ name, value, source: 'local' }],
  )
  const named = [...variants].map(([name, value]) => [variantName(name), value] as const)
  return { ...image, facets: [...kept, ...set], variants: new Map([...image.variants, ...named]) }
}

/** With its prefix, which may be left out. */
function variantName(name: string): string {
  return name.startsWith('variant.') ? name : `variant.${name}`
}
