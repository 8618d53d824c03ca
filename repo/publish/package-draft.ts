import type { Action, Fmri, ManifestWarning, PublisherName, Result, ValidationProblem } from '#model'
import { attribute, err, manifestWarnings, namesPackage, ok, parseFmri } from '#model'
import { folderUri } from '../folder-uri.ts'
import type { ManifestText, Place, PlacedAction } from './manifest-source.ts'
import { atPlaces, readManifestTexts } from './manifest-source.ts'
import type { RepositoryChangeProblem } from './publication-problems.ts'
import { atPlace, type PublicationWarning } from './publication-warnings.ts'
import type { Repository } from './repository-open.ts'

/** The source of a package. */
export interface PackageSource {
  /** Payload words name files, `pkg.fmri` may lack publisher, build and timestamp. The texts of several parts are joined. */
  readonly manifest: string | readonly ManifestText[]
  /** Absolute path of the file that an action delivers, or undefined when there is none. */
  readonly findPayload: (action: Action) => string | undefined
}

/** A package to be published, with the facts that its manifest states. */
export interface PackageDraft {
  readonly publisher: PublisherName
  /** Maybe without timestamp. */
  readonly fmri: Fmri
  /** Of `pkg.fmri`. */
  readonly place: Place
  /** Without `pkg.fmri` and signatures. */
  readonly actions: readonly PlacedAction[]
  /** Signatures of the given manifest. They are dropped, because publication changes the signed text. */
  readonly omittedSignatures: number
  readonly warnings: readonly PublicationWarning[]
  readonly findPayload: PackageSource['findPayload']
}

/** Reads the manifest of a package. Problems: `invalid_package`, `no_default_publisher`. */
export function readDraft(
  repository: Repository,
  { manifest, findPayload }: PackageSource,
): Result<PackageDraft, RepositoryChangeProblem> {
  const parts = typeof manifest === 'string' ? [{ name: undefined, text: manifest }] : manifest
  const read = readManifestTexts(parts)
  if (!read.ok) return err(invalidPackage(undefined, read.error))
  const names = read.value.filter(({ action }) => namesPackage(action))
  const [name] = names
  const files = parts.flatMap((part) => part.name ?? []).join(', ')
  const nameless = `${files === '' ? '' : `${files}: `}it needs set name=pkg.fmri value=FMRI`
  if (name === undefined) return err(invalidPackage(undefined, packageFault(nameless)))
  const fmri = readName(names)
  if (!fmri.ok) return fmri
  const publisher = fmri.value.publisher ?? repository.defaultPublisher
  if (publisher === undefined) {
    const uri = folderUri(repository.root)
    return err({ code: 'ips::repository_error::no_default_publisher', uri })
  }
  const rest = read.value.filter(({ action }) => !namesPackage(action))
  const actions = rest.filter(({ action }) => action.type !== 'signature')
  return ok({
    publisher,
    fmri: { ...fmri.value, publisher },
    place: name.place,
    actions,
    omittedSignatures: rest.length - actions.length,
    warnings: warningsOf(actions, manifestWarnings),
    findPayload,
  })
}

function readName(names: readonly PlacedAction[]): Result<Fmri, RepositoryChangeProblem> {
  const [name, second] = names
  const text = name === undefined ? '' : (attribute(name.action, 'value') ?? '')
  const refuse = (reason: string, place: Place | undefined) =>
    err(invalidPackage(text, atPlaces(packageFault(reason, 1), [place])))
  if (second !== undefined) return refuse('it has more than one pkg.fmri', second.place)
  const fmri = parseFmri(text)
  if (!fmri.ok) return err(invalidPackage(text, fmri.error))
  return fmri.value.version === undefined ? refuse('its pkg.fmri has no version', name?.place) : fmri
}

/** Warnings about actions, with their places. */
export function warningsOf(
  actions: readonly PlacedAction[],
  find: (actions: readonly Action[]) => readonly ManifestWarning[],
): readonly PublicationWarning[] {
  return atPlace(find(actions.map(({ action }) => action)), actions)
}

/** A fault of a package: as a whole, or of the action at a position from 1. */
export function packageFault(reason: string, line = 0): ValidationProblem {
  return { code: 'ips::validation_error::bad_manifest', errors: [{ line, text: '', reason }] }
}

export function invalidPackage(fmri: string | undefined, cause: ValidationProblem): RepositoryChangeProblem {
  return { code: 'ips::repository_error::invalid_package', fmri, cause }
}
