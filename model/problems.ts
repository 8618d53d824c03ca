import type { ProblemMessages } from './problem.ts'

/** Why a text is refused. */
export type ValidationProblem =
  /** The text is not a package name. */
  | { readonly code: 'ips::validation_error::bad_stem'; readonly text: string; readonly reason: string }
  /** The text is not a version. */
  | { readonly code: 'ips::validation_error::bad_version'; readonly text: string; readonly reason: string }
  /** The text is not an FMRI. */
  | { readonly code: 'ips::validation_error::bad_fmri'; readonly text: string; readonly reason: string }
  /** The text is not a package pattern. */
  | { readonly code: 'ips::validation_error::bad_pattern'; readonly text: string; readonly reason: string }
  /** The text is not a publisher name. */
  | { readonly code: 'ips::validation_error::bad_publisher'; readonly text: string; readonly reason: string }
  /** The URI has an unknown scheme or is incomplete. */
  | { readonly code: 'ips::validation_error::bad_uri'; readonly text: string; readonly reason: string }
  /** The line of a manifest is not an action. */
  | {
      readonly code: 'ips::validation_error::bad_action'
      readonly text: string
      readonly reason: string
      readonly offset: number | undefined
    }
  /** Lines of the manifest are not actions, or actions of it may not be published. Lists all of them. */
  | { readonly code: 'ips::validation_error::bad_manifest'; readonly errors: readonly ActionError[] }
  /** The type or path of the action is not allowed in this kind of image. */
  | {
      readonly code: 'ips::validation_error::forbidden_action'
      readonly imageKind: string
      readonly fmri: string
      readonly action: string
      readonly reason: string
      /** True when no kind of image allows the action. */
      readonly everywhere?: true
    }

/** One bad line of a manifest. */
export interface ActionError {
  /** Name of the file with the line; absent where there is one manifest and the user knows it. */
  readonly file?: string
  /** Number of the first physical line of the action, from 1; 0 when the whole manifest is at fault. */
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
  const lines = errors.slice(0, listedErrors).map(({ file, line, text, reason }) => {
    const place = [...(file === undefined ? [] : [file]), ...(line === 0 ? [] : [`line ${line}`])].join(', ')
    const prefix = place === '' ? '' : `${place}: `
    return `  ${prefix}${reason}${text === '' ? '' : `: ${text}`}`
  })
  if (errors.length > listedErrors) lines.push(`  and ${errors.length - listedErrors} more`)
  return ['bad manifest:', ...lines].join('\n')
}
