import {
  err,
  type Fmri,
  type Freeze,
  type ImageSnapshot,
  type InstalledPackage,
  ok,
  type PublisherName,
  parseFmri,
  parsePublisherName,
  parseStem,
  type Result,
  type Stem,
} from '#model'
import { readJsonObject } from '../../io/json-file.ts'
import { asMap, asTexts, type JsonPlace, member, type ShapeFault } from '../../io/json-shape.ts'
import type { CliProblem } from '../../problems.ts'

/** A recorded state of an image. */
export interface ImageFile {
  readonly snapshot: ImageSnapshot
  readonly catalogs: readonly string[]
}

export const isText = (value: unknown): value is string => typeof value === 'string'
export const isFlag = (value: unknown): value is boolean => typeof value === 'boolean'

/**
 * Reads an image file: publishers by rank, variants, facets (with or without the `facet.` prefix), installed packages as
 * full FMRIs, avoided stems, frozen FMRIs; `parent` and `root`, what is installed in the parent image and in the image at `/`, where they
 * are known. Packages named in `requested` count as asked for by the user.
 * Problems: `unreadable_file`, `bad_request_file`.
 */
export async function readImageFile(path: string): Promise<Result<ImageFile, CliProblem>> {
  const root = await readJsonObject(path, '/')
  if (!root.ok) return root
  const image = readImage(root.value)
  return image.ok ? image : err({ code: 'ips::cli_error::bad_request_file', path, ...image.error })
}

function readImage(root: object): Result<ImageFile, ShapeFault> {
  const place = (name: string) => member(root, name, '')
  const catalogs = asTexts(place('catalogs'))
  if (!catalogs.ok) return catalogs
  if (place('publishers') === undefined) return err({ at: '/', wanted: "an object with 'publishers'" })
  if (place('installed') === undefined) return err({ at: '/', wanted: "an object with 'installed'" })
  const publishers = readPublishers(asTexts(place('publishers')))
  if (!publishers.ok) return publishers
  const variants = asMap(place('variants'), isText, 'a text')
  if (!variants.ok) return variants
  const facets = asMap(place('facets'), isFlag, 'true or false')
  if (!facets.ok) return facets
  const twice = [...facets.value.keys()].find((name) => facets.value.has(`facet.${name}`))
  if (twice !== undefined) return err({ at: `/facets/${twice}`, wanted: `the only value of facet.${twice}` })
  const requested = asTexts(place('requested'))
  if (!requested.ok) return requested
  const installed = readInstalled(asTexts(place('installed')), '/installed', new Set(requested.value))
  if (!installed.ok) return installed
  const avoided = readEach(asTexts(place('avoided')), '/avoided', readStem)
  if (!avoided.ok) return avoided
  const frozen = readEach(asTexts(place('frozen')), '/frozen', readFreeze)
  if (!frozen.ok) return frozen
  const parent = readOther(place('parent'))
  if (!parent.ok) return parent
  const live = readOther(place('root'))
  if (!live.ok) return live
  const snapshot: ImageSnapshot = {
    generation: 1,
    installed: installed.value,
    publishers: allPublishers(publishers.value, installed.value),
    variants: variants.value,
    facets: [...facets.value].map(([name, value]) => ({
      name: facetName(name),
      value,
      source: 'local',
    })),
    frozen: frozen.value,
    avoided: avoided.value,
    parent: parent.value,
    ...(live.value === undefined ? {} : { root: live.value }),
  }
  return ok({ snapshot, catalogs: catalogs.value })
}

/** With its prefix, which may be left out. */
export function facetName(name: string): string {
  return name.startsWith('facet.') ? name : `facet.${name}`
}

/** What is installed in another image; undefined where that is not said. */
function readOther(place: JsonPlace | undefined): Result<readonly Fmri[] | undefined, ShapeFault> {
  if (place === undefined || place.value === null) return ok(undefined)
  const installed = readInstalled(asTexts(place), place.at, new Set())
  return installed.ok ? ok(installed.value.map(({ fmri }) => fmri)) : installed
}

/** Reads every text of a list; the first that is none of the kind is the fault. */
function readEach<T>(
  texts: Result<readonly string[], ShapeFault>,
  at: string,
  readOne: (text: string) => Result<T, string>,
): Result<readonly T[], ShapeFault> {
  if (!texts.ok) return texts
  const result: T[] = []
  for (let index = 0; index < texts.value.length; index += 1) {
    const one = readOne(texts.value[index]!)
    if (!one.ok) return err({ at: `${at}/${index}`, wanted: one.error })
    result.push(one.value)
  }
  return ok(result)
}

function readInstalled(
  texts: Result<readonly string[], ShapeFault>,
  at: string,
  requested: ReadonlySet<string>,
): Result<readonly InstalledPackage[], ShapeFault> {
  const seen = new Set<string>()
  const read = readEach(texts, at, (text): Result<InstalledPackage, string> => {
    const parsed = parseFmri(text)
    const fmri = parsed.ok ? parsed.value : undefined
    if (fmri?.publisher === undefined || fmri.version?.timestamp === undefined)
      return err('a full FMRI with publisher, version and time stamp')
    if (seen.has(fmri.stem)) return err(`one version of ${fmri.stem} only`)
    seen.add(fmri.stem)
    return ok({ fmri, manual: requested.has(fmri.stem) })
  })
  if (!read.ok) return read
  const name = ({ fmri }: InstalledPackage): string => fmri.stem
  return ok([...read.value].sort((a, b) => (name(a) < name(b) ? -1 : name(a) > name(b) ? 1 : 0)))
}

/** The order is the rank, of which each has one. */
function readPublishers(
  texts: Result<readonly string[], ShapeFault>,
): Result<readonly PublisherName[], ShapeFault> {
  const seen = new Set<PublisherName>()
  return readEach(texts, '/publishers', (text): Result<PublisherName, string> => {
    const parsed = parsePublisherName(text)
    if (!parsed.ok) return err('a publisher name')
    if (seen.has(parsed.value)) return err(`another publisher than ${text}, which is named already`)
    seen.add(parsed.value)
    return parsed
  })
}

/** Publishers of installed packages that the image does not list come last and offer nothing. */
function allPublishers(
  listed: readonly PublisherName[],
  installed: readonly InstalledPackage[],
): ImageSnapshot['publishers'] {
  const names = new Set(listed)
  const others = new Set<PublisherName>()
  for (const { fmri } of installed)
    if (fmri.publisher !== undefined && !names.has(fmri.publisher)) others.add(fmri.publisher)
  return [
    ...[...names].map((name) => ({ name, sticky: true, enabled: true })),
    ...[...others].sort().map((name) => ({ name, sticky: false, enabled: false })),
  ]
}

function readStem(text: string): Result<Stem, string> {
  const parsed = parseStem(text.replace(/^pkg:\/(?!\/)/, ''))
  return parsed.ok ? parsed : err('a package name')
}

function readFreeze(text: string): Result<Freeze, string> {
  const at = text.lastIndexOf('@')
  const parsed = parseFmri(text)
  if (!parsed.ok || parsed.value.version === undefined || at < 0) return err('a package name with @VERSION')
  return ok({ stem: parsed.value.stem, version: text.slice(at + 1), reason: undefined, since: 0 })
}
