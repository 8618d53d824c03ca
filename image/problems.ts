import type { InstallerProblem } from '#executor'
import {
  describeProblem,
  diskFailure,
  type FilesystemProblem,
  isDiskFull,
  type ProblemMessages,
  type SettingFault,
  shortageHelp,
  type ValidationProblem,
} from '#model'
import { type RepositoryProblem, repositoryMessages } from '#repo'
import type { SolverProblem } from '#solver'

/** Why an image cannot be found, opened, read or changed. Exit codes: `locked` 7, the rest 1. */
export type ImageProblem =
  /** The directory is not an image. */
  | {
      readonly code: 'ips::image_error::not_an_image'
      readonly path: string
      /** How the directory was chosen. */
      readonly source: 'argument' | 'environment' | 'search' | 'live-root'
    }
  /** The image was made by pkg5 and not imported yet. */
  | { readonly code: 'ips::image_error::foreign_image'; readonly path: string }
  /** A file of the pkg5 image is invalid, so the image cannot be imported. */
  | { readonly code: 'ips::image_error::corrupt_foreign'; readonly path: string; readonly reason: string }
  /** The image to import is managed by this client already. */
  | { readonly code: 'ips::image_error::already_imported'; readonly path: string }
  /** Packages deliver paths that `exclude-patterns` matches, and `exclude-policy` is to refuse them. */
  | { readonly code: 'ips::image_error::excluded_paths'; readonly paths: readonly string[] }
  /** Publishers have no enabled origin, so their files could not be fetched again. */
  | { readonly code: 'ips::image_error::no_repository'; readonly publishers: readonly string[] }
  /** The directory for a new image is an image already. */
  | { readonly code: 'ips::image_error::already_an_image'; readonly path: string }
  /** The directory for a new image is not empty. */
  | { readonly code: 'ips::image_error::directory_not_empty'; readonly path: string }
  /** The configuration file of the image is missing, unreadable or invalid. */
  | { readonly code: 'ips::image_error::corrupt_config'; readonly path: string; readonly reason: string }
  /** A newer client wrote the image. */
  | { readonly code: 'ips::image_error::unsupported_format'; readonly path: string; readonly format: number }
  /** The database of installed packages is damaged. */
  | { readonly code: 'ips::image_error::corrupt_db'; readonly path: string; readonly reason: string }
  /** Another process is changing the image. */
  | {
      readonly code: 'ips::image_error::locked'
      readonly name: string
      readonly hostname: string
      readonly pid: number | undefined
      /** Path of the lock file; set when the owner is on another host, where its process cannot be checked. */
      readonly unknowable?: string
    }
  /** The lock file is a link, a directory, or another file that this client did not make. */
  | { readonly code: 'ips::image_error::unsafe_lock'; readonly path: string; readonly found: string }
  /** A change was interrupted; the next command that changes the image finishes or undoes it. */
  | { readonly code: 'ips::image_error::interrupted'; readonly root: string }
  /** A filesystem call on the metadata of the image failed. */
  | { readonly code: 'ips::image_error::storage'; readonly path: string; readonly cause: FilesystemProblem }
  /** The user has no permission to write to the path. */
  | { readonly code: 'ips::image_error::no_permission'; readonly path: string }
  /** The file system of the image is read-only. */
  | { readonly code: 'ips::image_error::read_only'; readonly path: string }
  /** The metadata folder cannot be renamed: EXDEV, it comes from a lower layer of an overlay file system; EBUSY, something is mounted there. */
  | {
      readonly code: 'ips::image_error::unmovable_metadata'
      readonly path: string
      readonly errno: 'EXDEV' | 'EBUSY'
    }
  /** The image has no publisher of that name. */
  | { readonly code: 'ips::image_error::unknown_publisher'; readonly name: string }
  /** The publisher that the request names is disabled. */
  | { readonly code: 'ips::image_error::publisher_disabled'; readonly name: string }
  /** The publisher has the origin already. */
  | { readonly code: 'ips::image_error::duplicate_origin'; readonly publisher: string; readonly uri: string }
  /** The publisher does not have the origin. */
  | { readonly code: 'ips::image_error::unknown_origin'; readonly publisher: string; readonly uri: string }
  /** The publisher has the mirror already. */
  | { readonly code: 'ips::image_error::duplicate_mirror'; readonly publisher: string; readonly uri: string }
  /** The publisher does not have the mirror. */
  | { readonly code: 'ips::image_error::unknown_mirror'; readonly publisher: string; readonly uri: string }
  /** A publisher cannot be placed before or after itself in the search order. */
  | { readonly code: 'ips::image_error::bad_search_place'; readonly publisher: string }
  /** The repository has no packages of the publisher. */
  | {
      readonly code: 'ips::image_error::publisher_not_served'
      readonly publisher: string
      readonly uri: string
      readonly served: readonly string[]
    }
  /** The image property does not accept the value. */
  | {
      readonly code: 'ips::image_error::bad_property'
      readonly name: string
      readonly value: string
      readonly reason: string
    }
  /** No installed package delivers a file to the paths. Lists all of them. */
  | { readonly code: 'ips::image_error::not_packaged'; readonly paths: readonly string[] }
  /** Names or values are not valid for a mediator. Lists all of them. Exit code 2. */
  | { readonly code: 'ips::image_error::bad_mediator'; readonly faults: readonly MediatorFault[] }
  /** The value is valid for the property, but this client does not implement it. */
  | {
      readonly code: 'ips::image_error::unsupported_property'
      readonly name: string
      readonly value: string
      readonly why: string
    }
  /** The image has no property of that name. */
  | { readonly code: 'ips::image_error::unknown_property'; readonly name: string }
  /** The list does not hold the value to remove. */
  | {
      readonly code: 'ips::image_error::unknown_property_value'
      readonly name: string
      readonly value: string
    }
  /** The property holds a single value, so values cannot be added or removed. */
  | { readonly code: 'ips::image_error::single_property'; readonly name: string }
  /** The signature policy needs names, and none were given. */
  | { readonly code: 'ips::image_error::signature_names' }
  /** Patterns match no installed package, or another version than the installed one. Lists all of them. */
  | {
      readonly code: 'ips::image_error::bad_freeze'
      /** Patterns without a version that match no installed package. */
      readonly uninstalled: readonly string[]
      /** Patterns with another version than the installed one. */
      readonly mismatched: readonly string[]
      /** Patterns with wildcards that match no installed package. */
      readonly unmatched: readonly string[]
      /** Packages that were named at several versions. */
      readonly severalVersions: readonly { readonly stem: string; readonly versions: readonly string[] }[]
    }
  /** Cannot avoid a package that is installed. */
  | { readonly code: 'ips::image_error::avoid_installed'; readonly stems: readonly string[] }
  /** Cannot unavoid a package that is not on the avoid list. */
  | { readonly code: 'ips::image_error::not_avoided'; readonly stems: readonly string[] }
  /** Cannot unavoid a package that group dependencies of installed packages name. */
  | { readonly code: 'ips::image_error::group_member'; readonly stems: readonly string[] }
  /** The variant or facet cannot be set. */
  | {
      readonly code: 'ips::image_error::bad_setting'
      readonly names: SettingFault['names']
      readonly why: SettingFault['why']
    }
  /** Catalogs could not be fetched or are invalid. */
  | {
      readonly code: 'ips::image_error::refresh_failed'
      readonly failures: readonly { readonly publisher: string; readonly problem: RepositoryProblem }[]
    }
  /** The manifest of an installed package is missing or damaged, and no repository offers it. */
  | { readonly code: 'ips::image_error::missing_manifest'; readonly fmri: string; readonly reason: string }
  /** The text is not the name of a payload. */
  | { readonly code: 'ips::image_error::bad_digest'; readonly digest: string }
  /** The image has no enabled publisher that could have the payload. */
  | { readonly code: 'ips::image_error::no_payload'; readonly digest: string }

/** One wrong name or value of a mediator request. */
export interface MediatorFault {
  readonly part: 'mediator' | 'mediator-version' | 'mediator-implementation'
  readonly value: string
  readonly reason: string
}

/** Every problem of an image operation: the problems of each package, unwrapped. */
export type OperationProblem =
  | ImageProblem
  | ValidationProblem
  | SolverProblem
  | RepositoryProblem
  | InstallerProblem

/** Shell commands that put a copy of a folder in its place. */
function copyCommand(path: string): string {
  const quote = (text: string) => `'${text.replaceAll("'", String.raw`'\''`)}'`
  const [from, to] = [quote(path), quote(`${path}.copy`)]
  return `cp -a ${from} ${to} && rm -r ${from} && mv ${to} ${from}`
}

/** The messages of every problem of this package. */
export const imageMessages: ProblemMessages<ImageProblem> = {
  describe: {
    'ips::image_error::not_an_image': (p) =>
      p.source === 'environment'
        ? `No image rooted at '${p.path}' (set by $PKG_IMAGE)`
        : `No image rooted at '${p.path}'`,
    'ips::image_error::foreign_image': (p) => `The image at '${p.path}' was made by pkg5`,
    'ips::image_error::corrupt_foreign': (p) => `'${p.path}' of the pkg5 image cannot be used: ${p.reason}`,
    'ips::image_error::already_imported': (p) => `The image at '${p.path}' is already managed by pkg6`,
    'ips::image_error::excluded_paths': (p) =>
      `The packages deliver paths that exclude-patterns excludes:\n${p.paths.map((path) => `  ${path}`).join('\n')}`,
    'ips::image_error::no_repository': (p) =>
      `\nThe following publishers do not have any configured package repositories and cannot be used in package dehydration or rehydration operations:\n\n${p.publishers.map((name) => `\t${name}`).join('\n')}`,
    'ips::image_error::already_an_image': (p) => `there is already an image at: ${p.path}`,
    'ips::image_error::directory_not_empty': (p) => `Non-empty directory: ${p.path}`,
    'ips::image_error::corrupt_config': (p) => `The image configuration '${p.path}' is invalid: ${p.reason}`,
    'ips::image_error::unsupported_format': (p) =>
      `The image configuration '${p.path}' has format ${p.format}, which this client does not support`,
    'ips::image_error::corrupt_db': (p) =>
      `The database of installed packages '${p.path}' is damaged: ${p.reason}`,
    'ips::image_error::locked': (p) =>
      `The image cannot be modified as it is currently in use by another package client: ${p.name} on ${p.hostname}, pid ${p.pid ?? 'unknown'}.`,
    'ips::image_error::unsafe_lock': (p) => `The lock file '${p.path}' is ${p.found}; refusing to use it`,
    'ips::image_error::interrupted': (p) =>
      `The image at '${p.root}' is in the middle of an interrupted operation`,
    'ips::image_error::storage': (p) => diskFailure({ ...p.cause, path: p.path }),
    'ips::image_error::no_permission': (p) => `Insufficient access to complete the operation: '${p.path}'`,
    'ips::image_error::read_only': (p) => `'${p.path}' is on a read-only file system`,
    'ips::image_error::unmovable_metadata': (p) =>
      p.errno === 'EXDEV'
        ? `The image metadata '${p.path}' cannot be replaced: a lower layer of an overlay file system holds it (EXDEV)`
        : `The image metadata '${p.path}' cannot be replaced: something is mounted there, or it is in use (EBUSY)`,
    'ips::image_error::unknown_publisher': (p) => `Unknown publisher '${p.name}'.`,
    'ips::image_error::publisher_disabled': (p) => `Publisher '${p.name}' is disabled.`,
    'ips::image_error::duplicate_origin': (p) =>
      `Origin '${p.uri}' already exists for publisher '${p.publisher}'.`,
    'ips::image_error::unknown_origin': (p) => `Unknown origin '${p.uri}' for publisher '${p.publisher}'.`,
    'ips::image_error::duplicate_mirror': (p) =>
      `Mirror '${p.uri}' already exists for publisher '${p.publisher}'.`,
    'ips::image_error::unknown_mirror': (p) => `Unknown mirror '${p.uri}' for publisher '${p.publisher}'.`,
    'ips::image_error::bad_search_place': (p) =>
      `Publisher '${p.publisher}' cannot be placed before or after itself in the search order.`,
    'ips::image_error::publisher_not_served': (p) =>
      `The repository at '${p.uri}' has no packages of publisher '${p.publisher}'.`,
    'ips::image_error::bad_property': (p) => `Invalid value '${p.value}' for property '${p.name}'.`,
    'ips::image_error::not_packaged': (p) =>
      `The following files are not packaged in this image:${p.paths.map((path) => `\n\t${path}`).join('')}`,
    'ips::image_error::bad_mediator': (p) =>
      p.faults.map(({ part, value, reason }) => `'${value}' is not a valid ${part}: ${reason}`).join('\n'),
    'ips::image_error::unsupported_property': (p) =>
      `The property '${p.name}' cannot be set to '${p.value}': ${p.why}.`,
    'ips::image_error::unknown_property': (p) => `Unknown property '${p.name}' in section 'property'.`,
    'ips::image_error::unknown_property_value': (p) =>
      `The list of property '${p.name}' in section 'property' does not hold '${p.value}'.`,
    'ips::image_error::single_property': (p) =>
      `Property '${p.name}' in section 'property' doesn't allow multiple values.`,
    'ips::image_error::signature_names': () =>
      'At least one name must be provided for the signature-required-names policy.',
    'ips::image_error::bad_freeze': badFreeze,
    'ips::image_error::avoid_installed': (p) =>
      `The following packages are already installed in this image; use uninstall to avoid these:${lines(p.stems)}`,
    'ips::image_error::not_avoided': (p) =>
      `The following packages are not on the avoid list, so they\ncannot be removed from it.${lines(p.stems)}`,
    'ips::image_error::group_member': (p) =>
      `The following packages are a target of group dependencies; use install to unavoid these:${lines(p.stems)}`,
    'ips::image_error::bad_setting': badSetting,
    'ips::image_error::bad_digest': (p) => `'${p.digest}' is no SHA-1 in lower-case hex.`,
    'ips::image_error::no_payload': (p) => `No publisher is enabled that could have the content ${p.digest}.`,
    'ips::image_error::refresh_failed': (p) =>
      [
        'Package catalogs could not be updated:',
        ...p.failures.map(
          ({ publisher, problem }) => `  ${publisher}: ${describeProblem(repositoryMessages, problem)}`,
        ),
      ].join('\n'),
    'ips::image_error::missing_manifest': (p) => `The manifest of ${p.fmri} cannot be read: ${p.reason}`,
  },
  help: {
    'ips::image_error::not_an_image': () =>
      'Name the root of an image with -R, or make one with: pkg6 image-create DIRECTORY',
    'ips::image_error::foreign_image': (p) => `To manage it with pkg6, run: pkg6 image-import ${p.path}`,
    'ips::image_error::corrupt_foreign': () =>
      'Nothing was changed. Repair the file with pkg5, or restore it from a backup, and run the command again.',
    'ips::image_error::already_imported': () => undefined,
    'ips::image_error::excluded_paths': () =>
      'To leave these paths out instead, run: pkg6 set-property exclude-policy warn',
    'ips::image_error::no_repository': () => undefined,
    'ips::image_error::already_an_image': () => 'To overwrite it, use the -f (force) option.',
    'ips::image_error::directory_not_empty': () => 'To use it anyway, use the -f (force) option.',
    'ips::image_error::corrupt_config': () => 'Correct the file, or restore it from a backup.',
    'ips::image_error::unsupported_format': () => 'Use the pkg6 version that wrote it, or a newer one.',
    'ips::image_error::corrupt_db': () =>
      'Restore the file from a backup; the installed files are untouched.',
    'ips::image_error::locked': (p) =>
      p.unknowable === undefined
        ? 'Wait until the other client has finished and run the command again.'
        : `Wait until the other client has finished and run the command again. If ${p.hostname} no longer exists, remove ${p.unknowable}`,
    'ips::image_error::unsafe_lock': (p) => `Check '${p.path}' and remove it.`,
    'ips::image_error::interrupted': () =>
      'Run any command that changes the image; it recovers the image first, for example: pkg6 refresh',
    'ips::image_error::storage': (p) =>
      isDiskFull(p.cause.errno)
        ? 'Free some space on the file system and run the command again.'
        : shortageHelp(p.cause.errno),
    'ips::image_error::no_permission': () => 'Run the command as a user who may write to the image.',
    'ips::image_error::read_only': () => 'Make the file system writable and run the command again.',
    'ips::image_error::unmovable_metadata': (p) =>
      p.errno === 'EXDEV'
        ? `Put a copy in its place and run the command again: ${copyCommand(p.path)}`
        : `Unmount '${p.path}' and run the command again.`,
    'ips::image_error::unknown_publisher': () => 'To list the publishers, run: pkg6 publisher',
    'ips::image_error::publisher_disabled': (p) => `To enable it, run: pkg6 set-publisher --enable ${p.name}`,
    'ips::image_error::duplicate_origin': () => undefined,
    'ips::image_error::unknown_origin': (p) => `To list its origins, run: pkg6 publisher ${p.publisher}`,
    'ips::image_error::duplicate_mirror': () => undefined,
    'ips::image_error::unknown_mirror': (p) => `To list its mirrors, run: pkg6 publisher ${p.publisher}`,
    'ips::image_error::bad_search_place': () => undefined,
    'ips::image_error::publisher_not_served': (p) =>
      p.served.length > 0 ? `It serves: ${p.served.join(', ')}` : undefined,
    'ips::image_error::bad_property': (p) => `${p.reason.charAt(0).toUpperCase()}${p.reason.slice(1)}.`,
    'ips::image_error::unsupported_property': () => undefined,
    'ips::image_error::unknown_property': () => 'To list the properties, run: pkg6 property',
    'ips::image_error::unknown_property_value': (p) => `To list its values, run: pkg6 property ${p.name}`,
    'ips::image_error::single_property': (p) =>
      `To replace its value, run: pkg6 set-property ${p.name} VALUE`,
    'ips::image_error::signature_names': () => undefined,
    'ips::image_error::not_packaged': () => 'To see which files are packaged, run: pkg6 contents -t file',
    'ips::image_error::bad_mediator': () => 'To see what installed packages offer, run: pkg6 mediator -a',
    'ips::image_error::bad_freeze': () => 'To see what is installed, run: pkg6 list',
    'ips::image_error::avoid_installed': (p) => `To do so, run: pkg6 uninstall ${p.stems.join(' ')}`,
    'ips::image_error::not_avoided': () => 'To see the list, run: pkg6 avoid',
    'ips::image_error::group_member': (p) => `To do so, run: pkg6 install ${p.stems.join(' ')}`,
    'ips::image_error::bad_setting': (p) =>
      p.why === 'every-lock-false' || p.why === 'every-lock-true'
        ? 'Name the locks one by one; they are listed by: pkg6 facet -a version-lock.*'
        : undefined,
    'ips::image_error::refresh_failed': () => undefined,
    'ips::image_error::bad_digest': () => undefined,
    'ips::image_error::no_payload': () => 'To list the publishers, run: pkg6 publisher',
    'ips::image_error::missing_manifest': () =>
      'No repository of its publisher offers this manifest. To list the repositories, run: pkg6 publisher',
  },
}

function badSetting({ names, why }: SettingFault): string {
  switch (why) {
    case 'blank':
      return `${names.join(', ')} are not valid variant/facet names; variant/facet names cannot contain whitespace.`
    case 'empty':
      return `'${names.join("', '")}' has no name after the prefix.`
    case 'glob':
      return 'Globbing is not supported for variants.'
    case 'every-lock-true':
    case 'every-lock-false':
      return `Changing '${names.join(', ')}' to '${why === 'every-lock-true' ? 'True' : 'False'}' is not supported.`
  }
}

/** Each text on a line of its own, after a tab. */
function lines(texts: readonly string[]): string {
  return texts.map((text) => `\n\t${text}`).join('')
}

function badFreeze(p: Extract<ImageProblem, { code: 'ips::image_error::bad_freeze' }>): string {
  const part = (head: string, texts: readonly string[]): readonly string[] =>
    texts.length === 0 ? [] : [`${head}${lines(texts)}`]
  return [
    ...part(
      'The following packages are named at more than one version:',
      p.severalVersions.map(({ stem, versions }) => `${stem}\t${versions.join(' ')}`),
    ),
    ...part('The following patterns have wildcards and match no installed packages:', p.unmatched),
    ...part(
      'The following patterns attempted to freeze the listed packages\nat a version different from the version at which the packages are installed.',
      p.mismatched,
    ),
    ...part(
      "The following patterns don't match installed packages and\ncontain no version information.  Uninstalled packages can only be frozen by\nproviding a version at which to freeze them.",
      p.uninstalled,
    ),
  ].join('\n')
}
