import { type ContentSubject, err, ok, type Result } from '#model'
import type { ImageProblem } from '../problems.ts'
import type { ImageConfig, PropertyValue } from './image-config.ts'

/** What a property with a meaning may hold. */
type PropertyRule = (
  | { readonly kind: 'text' | 'boolean' | 'list' | 'patterns' | 'count' }
  | { readonly kind: 'choice'; readonly of: readonly string[] }
) & {
  /**
   * A value that promises something this client does not do, and on which somebody may rely: refused, with this reason. Values
   * without effect that harm nobody are stored; docs/image-files.md lists both.
   */
  readonly refused?: { readonly when: (value: PropertyValue) => boolean; readonly why: string }
}

type KnownProperty = PropertyRule & { readonly initial: PropertyValue }

const isTrue = (value: PropertyValue): boolean => value === 'True'
const isFilled = (value: PropertyValue): boolean => value.length > 0

const signaturePolicy = {
  kind: 'choice',
  of: ['ignore', 'verify', 'require-signatures', 'require-names'],
  refused: {
    when: (value) => value === 'require-signatures' || value === 'require-names',
    why: 'this client does not verify signatures',
  },
} as const satisfies PropertyRule

/** Image properties with a meaning, their rules and defaults. Others are free-form. Source: image §4. */
const knownProperties: ReadonlyMap<string, KnownProperty> = new Map<string, KnownProperty>(
  Object.entries({
    'auto-be-name': { kind: 'text', initial: 'omnios-r%r' },
    'be-policy': {
      kind: 'choice',
      of: ['default', 'always-new', 'create-backup', 'when-required'],
      initial: 'default',
    },
    'ca-path': { kind: 'text', initial: '/etc/ssl/certs' },
    'check-certificate-revocation': {
      kind: 'boolean',
      initial: 'False',
      refused: { when: isTrue, why: 'this client checks no revocation lists' },
    },
    'content-update-policy': {
      kind: 'choice',
      of: ['default', 'always', 'when-required'],
      initial: 'default',
    },
    'default-recurse': { kind: 'boolean', initial: 'False' },
    dehydrated: {
      kind: 'list',
      initial: [],
      refused: { when: isFilled, why: 'only pkg6 dehydrate and pkg6 rehydrate set it' },
    },
    // Regular expressions.
    'exclude-patterns': { kind: 'patterns', initial: [] },
    'exclude-policy': { kind: 'choice', of: ['ignore', 'warn', 'reject'], initial: 'warn' },
    'flush-content-cache-on-success': { kind: 'boolean', initial: 'True' },
    'key-files': {
      kind: 'list',
      initial: [],
      refused: { when: isFilled, why: 'this client does not check key files' },
    },
    'mirror-discovery': { kind: 'boolean', initial: 'False' },
    'preferred-authority': { kind: 'text', initial: '' },
    'recursion-concurrency': { kind: 'count', initial: '1' },
    'send-uuid': { kind: 'boolean', initial: 'True' },
    'signature-policy': { ...signaturePolicy, initial: 'verify' },
    'signature-required-names': { kind: 'list', initial: [] },
    'temp-be-activation': { kind: 'boolean', initial: 'False' },
    'trust-anchor-directory': { kind: 'text', initial: 'etc/ssl/pkg' },
    'use-system-repo': {
      kind: 'boolean',
      initial: 'False',
      refused: { when: isTrue, why: 'this client does not ask a system repository' },
    },
  }),
)

/** Known image properties with their defaults, sorted by name. Source: image §4. */
export const defaultProperties: ReadonlyMap<string, PropertyValue> = new Map(
  [...knownProperties].map(([name, known]) => [name, known.initial]),
)

/** Publisher properties with a rule; others are free-form. */
const publisherProperties: ReadonlyMap<string, PropertyRule> = new Map<string, PropertyRule>([
  ['signature-policy', signaturePolicy],
  ['signature-required-names', { kind: 'list' }],
])

/** A value as listings and messages show it: lists as `['a', 'b']`. */
export function propertyText(value: PropertyValue): string {
  return typeof value === 'string' ? value : `[${value.map((one) => `'${one}'`).join(', ')}]`
}

/** True for a property that holds several values. */
export function isListProperty(name: string): boolean {
  const kind = knownProperties.get(name)?.kind
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

/** The folder of trusted authorities, from `ca-path`. Undefined if the property has its default: then the authorities of the run time count. */
export function trustOf(config: ImageConfig): { readonly caPath: string | undefined } {
  const folder = effectiveProperty(config, 'ca-path')
  const isOwn = typeof folder === 'string' && folder !== '' && folder !== defaultProperties.get('ca-path')
  return { caPath: isOwn ? folder : undefined }
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
  rule: PropertyRule | undefined,
): Result<PropertyValue, ImageProblem> {
  const checked = checkValue(name, value, rule)
  if (!checked.ok || rule?.refused?.when(checked.value) !== true) return checked
  return err({
    code: 'ips::image_error::unsupported_property',
    name,
    value: propertyText(checked.value),
    why: rule.refused.why,
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
  if (rule.kind === 'list' || rule.kind === 'patterns') {
    const list = typeof value === 'string' ? [value].filter((one) => one !== '') : value
    return rule.kind === 'list' ? ok(list) : checkPatterns(name, list)
  }
  if (typeof value !== 'string') return bad(name, value, 'it takes a single value')
  if (rule.kind === 'text') return ok(value)
  if (rule.kind === 'boolean') {
    const lower = value.toLowerCase()
    if (lower === 'true') return ok('True')
    if (lower === 'false') return ok('False')
    return bad(name, value, 'it must be True or False')
  }
  if (rule.kind === 'choice')
    return rule.of.includes(value) ? ok(value) : bad(name, value, `it must be one of ${rule.of.join(', ')}`)
  return /^\d{1,9}$/.test(value) ? ok(value) : bad(name, value, 'it must be a number from 0')
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
