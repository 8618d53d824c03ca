import { type ContentSubject, err, ok, type Result } from '#model'
import type { ImageProblem } from '../problems.ts'
import type { ImageConfig, PropertyValue } from './image-config.ts'

/** What a known property may hold. */
type PropertyRule =
  | { readonly kind: 'text' }
  | { readonly kind: 'boolean' }
  | { readonly kind: 'list' }
  /** A list of regular expressions. */
  | { readonly kind: 'patterns' }
  | { readonly kind: 'count' }
  | { readonly kind: 'choice'; readonly of: readonly string[] }

interface KnownProperty {
  readonly rule: PropertyRule
  readonly initial: PropertyValue
  /**
   * A value that promises something this client does not do, and on which somebody may rely: refused, with this reason. Values
   * without effect that harm nobody are stored; docs/image-files.md lists both.
   */
  readonly refused?: Refusal
}

interface Refusal {
  readonly when: (value: PropertyValue) => boolean
  readonly why: string
}

const isTrue = (value: PropertyValue): boolean => value === 'True'
const isFilled = (value: PropertyValue): boolean => value.length > 0

const policies = ['ignore', 'verify', 'require-signatures', 'require-names'] as const

const unverified: Refusal = {
  when: (value) => value === 'require-signatures' || value === 'require-names',
  why: 'this client does not verify signatures',
}

/** Image properties with a meaning, their rules and defaults. Others are free-form. Source: image §4. */
const knownProperties: ReadonlyMap<string, KnownProperty> = new Map<string, KnownProperty>([
  ['auto-be-name', { rule: { kind: 'text' }, initial: 'omnios-r%r' }],
  [
    'be-policy',
    {
      rule: { kind: 'choice', of: ['default', 'always-new', 'create-backup', 'when-required'] },
      initial: 'default',
    },
  ],
  ['ca-path', { rule: { kind: 'text' }, initial: '/etc/ssl/certs' }],
  [
    'check-certificate-revocation',
    {
      rule: { kind: 'boolean' },
      initial: 'False',
      refused: { when: isTrue, why: 'this client checks no revocation lists' },
    },
  ],
  [
    'content-update-policy',
    { rule: { kind: 'choice', of: ['default', 'always', 'when-required'] }, initial: 'default' },
  ],
  ['default-recurse', { rule: { kind: 'boolean' }, initial: 'False' }],
  [
    'dehydrated',
    {
      rule: { kind: 'list' },
      initial: [],
      refused: { when: isFilled, why: 'only pkg6 dehydrate and pkg6 rehydrate set it' },
    },
  ],
  ['exclude-patterns', { rule: { kind: 'patterns' }, initial: [] }],
  ['exclude-policy', { rule: { kind: 'choice', of: ['ignore', 'warn', 'reject'] }, initial: 'warn' }],
  ['flush-content-cache-on-success', { rule: { kind: 'boolean' }, initial: 'True' }],
  [
    'key-files',
    {
      rule: { kind: 'list' },
      initial: [],
      refused: { when: isFilled, why: 'this client does not check key files' },
    },
  ],
  ['mirror-discovery', { rule: { kind: 'boolean' }, initial: 'False' }],
  ['preferred-authority', { rule: { kind: 'text' }, initial: '' }],
  ['recursion-concurrency', { rule: { kind: 'count' }, initial: '1' }],
  ['send-uuid', { rule: { kind: 'boolean' }, initial: 'True' }],
  [
    'signature-policy',
    {
      rule: { kind: 'choice', of: policies },
      initial: 'verify',
      refused: unverified,
    },
  ],
  ['signature-required-names', { rule: { kind: 'list' }, initial: [] }],
  ['temp-be-activation', { rule: { kind: 'boolean' }, initial: 'False' }],
  ['trust-anchor-directory', { rule: { kind: 'text' }, initial: 'etc/ssl/pkg' }],
  [
    'use-system-repo',
    {
      rule: { kind: 'boolean' },
      initial: 'False',
      refused: { when: isTrue, why: 'this client does not ask a system repository' },
    },
  ],
])

/** Known image properties with their defaults, sorted by name. Source: image §4. */
export const defaultProperties: ReadonlyMap<string, PropertyValue> = new Map(
  [...knownProperties].map(([name, known]) => [name, known.initial]),
)

/** Publisher properties with a rule; others are free-form. */
const publisherProperties: ReadonlyMap<string, Omit<KnownProperty, 'initial'>> = new Map<
  string,
  Omit<KnownProperty, 'initial'>
>([
  ['signature-policy', { rule: { kind: 'choice', of: policies }, refused: unverified }],
  ['signature-required-names', { rule: { kind: 'list' } }],
])

/** A value as listings and messages show it: lists as `['a', 'b']`. */
export function propertyText(value: PropertyValue): string {
  return typeof value === 'string' ? value : `[${value.map((one) => `'${one}'`).join(', ')}]`
}

/** True for a property that holds several values. */
export function isListProperty(name: string): boolean {
  const kind = knownProperties.get(name)?.rule.kind
  return name === 'publisher-search-order' || kind === 'list' || kind === 'patterns'
}

/** The value in force: what was set, else the default; undefined for free-form names that are not set. */
export function effectiveProperty(config: ImageConfig, name: string): PropertyValue | undefined {
  return config.properties.get(name) ?? defaultProperties.get(name)
}

/** True when a boolean property is in force. */
export function propertyHolds(config: ImageConfig, name: string): boolean {
  return effectiveProperty(config, name) === 'True'
}

/** What decides whether a file has new content: under the policy `when-required` the ELF content of ELF files. Source: image-plan §2.1. */
export function contentSubject(config: ImageConfig): ContentSubject {
  return effectiveProperty(config, 'content-update-policy') === 'when-required' ? 'gelf' : 'file'
}

/** Checks and normalises a value (`true` becomes `True`; text becomes a list where a list belongs). Problems: `bad_property`, `unsupported_property`. */
export function checkImageProperty(name: string, value: PropertyValue): Result<PropertyValue, ImageProblem> {
  if (name === 'publisher-search-order')
    return bad(name, value, 'it is the order of the publishers, and there are none yet')
  return checkKnown(name, value, knownProperties.get(name))
}

/** As `checkImageProperty`, for a property of a publisher. */
export function checkPublisherProperty(
  name: string,
  value: PropertyValue,
): Result<PropertyValue, ImageProblem> {
  return checkKnown(name, value, publisherProperties.get(name))
}

function checkKnown(
  name: string,
  value: PropertyValue,
  known: Omit<KnownProperty, 'initial'> | undefined,
): Result<PropertyValue, ImageProblem> {
  const checked = checkValue(name, value, known?.rule)
  if (!checked.ok || known?.refused?.when(checked.value) !== true) return checked
  return err({
    code: 'ips::image_error::unsupported_property',
    name,
    value: propertyText(checked.value),
    why: known.refused.why,
  })
}

function checkValue(
  name: string,
  value: PropertyValue,
  rule: PropertyRule | undefined,
): Result<PropertyValue, ImageProblem> {
  if (name === '' || /\p{Cc}/u.test(name))
    return bad(name, value, 'the name is empty or has control characters')
  if (rule === undefined) return ok(value)
  if (rule.kind === 'patterns')
    return checkPatterns(name, typeof value === 'string' ? (value === '' ? [] : [value]) : value)
  if (rule.kind === 'list') return ok(typeof value === 'string' ? (value === '' ? [] : [value]) : value)
  if (typeof value !== 'string') return bad(name, value, 'it takes a single value')
  if (rule.kind === 'text') return ok(value)
  if (rule.kind === 'boolean') {
    const lower = value.toLowerCase()
    if (lower === 'true') return ok('True')
    if (lower === 'false') return ok('False')
    return bad(name, value, 'it must be True or False')
  }
  if (rule.kind === 'count')
    return /^\d{1,9}$/.test(value) ? ok(value) : bad(name, value, 'it must be a number from 0')
  return rule.of.includes(value) ? ok(value) : bad(name, value, `it must be one of ${rule.of.join(', ')}`)
}

function checkPatterns(name: string, patterns: readonly string[]): Result<PropertyValue, ImageProblem> {
  const wrong = patterns.find((text) => excludePattern(text) === undefined)
  return wrong === undefined ? ok(patterns) : bad(name, wrong, 'it is not a regular expression')
}

/** An `exclude-patterns` value as it is matched, from the start of a path; undefined when it is no regular expression. */
export function excludePattern(text: string): RegExp | undefined {
  try {
    return new RegExp(`^(?:${text})`)
  } catch {
    return undefined
  }
}

function bad(name: string, value: PropertyValue, reason: string): Result<PropertyValue, ImageProblem> {
  return err({ code: 'ips::image_error::bad_property', name, value: propertyText(value), reason })
}
