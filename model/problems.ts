import type { ProblemMessages } from './problem.ts'

/** Why a text is not what it should be. */
export type ValidationProblem =
  /** A text that is no package name. */
  | { readonly code: 'ips::validation_error::bad_stem'; readonly text: string; readonly reason: string }
  /** A text that is no version. */
  | { readonly code: 'ips::validation_error::bad_version'; readonly text: string; readonly reason: string }
  /** A text that is no FMRI. */
  | { readonly code: 'ips::validation_error::bad_fmri'; readonly text: string; readonly reason: string }
  /** A text that is no package pattern. */
  | { readonly code: 'ips::validation_error::bad_pattern'; readonly text: string; readonly reason: string }
  /** A name that no publisher may have. */
  | { readonly code: 'ips::validation_error::bad_publisher'; readonly text: string; readonly reason: string }
  /** An address of an unknown scheme, or one that is not whole. */
  | { readonly code: 'ips::validation_error::bad_uri'; readonly text: string; readonly reason: string }
  /** A line of a manifest that is no action. */
  | {
      readonly code: 'ips::validation_error::bad_action'
      readonly text: string
      readonly reason: string
      readonly offset: number | undefined
    }
  /** Lines of a manifest that are no actions, or actions that may not be published; all of them. */
  | { readonly code: 'ips::validation_error::bad_manifest'; readonly errors: readonly ActionError[] }
  /** The action kind or path is not allowed in this kind of image. */
  | {
      readonly code: 'ips::validation_error::forbidden_action'
      readonly imageKind: string
      readonly fmri: string
      readonly action: string
      readonly reason: string
      /** No kind of image takes it. */
      readonly everywhere?: true
    }

/** One bad line of a manifest. */
export interface ActionError {
  /** Number of the first physical line of the action, from 1; 0 when the fault is of the manifest as a whole. */
  readonly line: number
  readonly text: string
  readonly reason: string
}

const listedErrors = 20

/** The messages of every problem of this package. */
export const modelMessages: ProblemMessages<ValidationProblem> = {
  describe: {
    'ips::validation_error::bad_stem': ({ text, reason }) => `bad package name "${text}": ${reason}`,
    'ips::validation_error::bad_version': ({ text, reason }) => `bad version "${text}": ${reason}`,
    'ips::validation_error::bad_fmri': ({ text, reason }) => `bad FMRI "${text}": ${reason}`,
    'ips::validation_error::bad_pattern': ({ text, reason }) => `bad package pattern "${text}": ${reason}`,
    'ips::validation_error::bad_publisher': ({ text, reason }) => `bad publisher name "${text}": ${reason}`,
    'ips::validation_error::bad_uri': ({ text, reason }) => `bad URI "${text}": ${reason}`,
    'ips::validation_error::bad_action': ({ text, reason, offset }) =>
      `bad action${offset === undefined ? '' : ` at byte ${offset}`}: ${reason}\n  ${text}`,
    'ips::validation_error::bad_manifest': ({ errors }) => describeErrors(errors),
    'ips::validation_error::forbidden_action': ({ imageKind, fmri, action, reason }) =>
      `${fmri} cannot be installed in a ${imageKind} image: ${reason}\n  ${action}`,
  },
  help: {
    'ips::validation_error::bad_stem': () => undefined,
    'ips::validation_error::bad_version': () =>
      'A version looks like 1.2.3, 1.2.3-4 or 1.2.3,5.11-4:20230501T120000Z.',
    'ips::validation_error::bad_fmri': () =>
      'An FMRI looks like pkg://publisher/category/name@1.2.3-4; publisher and version may be left out.',
    'ips::validation_error::bad_pattern': () =>
      'A pattern is a name or its last components, or has * and ?; it may end in a version: name@1.2 or name@latest.',
    'ips::validation_error::bad_publisher': () => undefined,
    'ips::validation_error::bad_uri': () =>
      'An origin begins with http://, https:// or file://, or is the absolute path of a repository.',
    'ips::validation_error::bad_action': () => undefined,
    'ips::validation_error::bad_manifest': () => undefined,
    'ips::validation_error::forbidden_action': ({ imageKind, everywhere }) =>
      imageKind === 'full' || everywhere === true ? undefined : 'Install the package in a full image.',
  },
}

function describeErrors(errors: readonly ActionError[]): string {
  const lines = errors.slice(0, listedErrors).map(({ line, text, reason }) => {
    const place = line === 0 ? '' : `line ${line}: `
    return `  ${place}${reason}${text === '' ? '' : `: ${text}`}`
  })
  if (errors.length > listedErrors) lines.push(`  and ${errors.length - listedErrors} more`)
  return ['bad manifest:', ...lines].join('\n')
}
