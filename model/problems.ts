/** Why a text is not what it should be. */
export type ValidationProblem =
  | { readonly code: 'ips::validation_error::bad_stem'; readonly text: string; readonly reason: string }
  | { readonly code: 'ips::validation_error::bad_version'; readonly text: string; readonly reason: string }
  | { readonly code: 'ips::validation_error::bad_fmri'; readonly text: string; readonly reason: string }
  | { readonly code: 'ips::validation_error::bad_pattern'; readonly text: string; readonly reason: string }
  | { readonly code: 'ips::validation_error::bad_publisher'; readonly text: string; readonly reason: string }
  | { readonly code: 'ips::validation_error::bad_uri'; readonly text: string; readonly reason: string }
  | {
      readonly code: 'ips::validation_error::bad_action'
      readonly text: string
      readonly reason: string
      readonly offset: number | undefined
    }
  | { readonly code: 'ips::validation_error::bad_manifest'; readonly errors: readonly ActionError[] }
  /** The action kind or path is not allowed in this kind of image. */
  | {
      readonly code: 'ips::validation_error::forbidden_action'
      readonly imageKind: string
      readonly fmri: string
      readonly action: string
      readonly reason: string
    }

/** One bad line of a manifest. */
export interface ActionError {
  /** Number of the first physical line of the action, from 1. */
  readonly line: number
  readonly text: string
  readonly reason: string
}
