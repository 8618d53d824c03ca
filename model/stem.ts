import type { PublisherName, Stem } from './brand.ts'
import { shown } from './dotted.ts'
import type { ValidationProblem } from './problems.ts'
import { err, ok, type Result } from './result.ts'

const slash = 0x2f

function isAlphanumeric(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a) || (code >= 0x30 && code <= 0x39)
}

/** True for a character of a stem other than `/`. Takes a UTF-16 code unit. */
export function isStemCharacter(code: number): boolean {
  // "_", "-", ".", "+"
  return isAlphanumeric(code) || code === 0x5f || code === 0x2d || code === 0x2e || code === 0x2b
}

/** Why a text is no stem, or undefined when it is one. Source: fmri-and-version §1. */
export function stemFault(text: string): string | undefined {
  if (text === '') return 'missing package name'
  let starts = true
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code === slash) {
      if (starts) return 'invalid package name: empty component'
      starts = true
    } else if (!isStemCharacter(code)) {
      return 'invalid package name: only letters, digits and _ - . + / are allowed'
    } else {
      if (starts && !isAlphanumeric(code)) {
        return 'invalid package name: a component must begin with a letter or a digit'
      }
      starts = false
    }
  }
  return starts ? 'invalid package name: empty component' : undefined
}

/** Problem: `bad_stem`. */
export function parseStem(text: string): Result<Stem, ValidationProblem> {
  const reason = stemFault(text)
  if (reason !== undefined) return err({ code: 'ips::validation_error::bad_stem', text: shown(text), reason })
  return ok(text as Stem)
}

/** First components of depot URLs, which a publisher's name must not be mistaken for. */
const depotOperations: ReadonlySet<string> = new Set(
  (
    'versions search catalog info manifest file open append close abandon add p5i publisher index status ' +
    'admin feed'
  ).split(' '),
)

/** True for a name of an operation that some depot offers; no publisher may be called so, but for `syspub`. Source: repository-v4 §5. */
export function isDepotOperation(name: string): boolean {
  return name === 'syspub' || depotOperations.has(name)
}

const hostLike = /^[A-Za-z0-9-][A-Za-z0-9.-]*$/
const addressLike = /^\[[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*\]$/
const longestPublisher = 255

/** A prefix that may be configured: charset and reserved words of fmri-and-version §1. Problem: `bad_publisher`. */
export function parsePublisherName(text: string): Result<PublisherName, ValidationProblem> {
  const reason = publisherFault(text)
  if (reason !== undefined) {
    return err({ code: 'ips::validation_error::bad_publisher', text: shown(text), reason })
  }
  return ok(text as PublisherName)
}

function publisherFault(text: string): string | undefined {
  if (text === '') return 'a publisher name cannot be empty'
  // It names a directory in images and repositories.
  if (text.length > longestPublisher) return `a publisher name has at most ${longestPublisher} characters`
  if (!hostLike.test(text) && !addressLike.test(text)) {
    return 'a publisher name consists of letters, digits, "-" and ".", and does not begin with "."'
  }
  return depotOperations.has(text) ? 'the name is reserved for an operation of depots' : undefined
}

/** Percent-encodes every UTF-8 byte but `A-Za-z0-9_.-~`, upper-case hex: the form of FMRIs in URLs and file names. */
export function quote(text: string): string {
  // A lone surrogate has no UTF-8 form.
  const wellFormed = text.replace(/\p{Surrogate}/gu, '\ufffd')
  return encodeURIComponent(wellFormed).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

/** Inverse of `quote`; undefined when the text is not validly encoded. */
export function unquote(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
