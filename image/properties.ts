import { err, ok, type Result } from '#model'
import type { ImageConfig, PropertyValue } from './image-config.ts'
import type { ImageProblem } from './problems.ts'

/** What a known property may hold. */
type PropertyRule =
  | { readonly kind: 'text' }
  | { readonly kind: 'boolean' }
  | { readonly kind: 'list' }
  | { readonly kind: 'count' }
  | { readonly kind: 'choice'; readonly of: readonly string[] }

interface KnownProperty {
  readonly rule: PropertyRule
  readonly initial: PropertyValue
}

const policies = ['ignore', 'verify', 'require-signatures', 'require-names'] as const

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
  ['check-certificate-revocation', { rule: { kind: 'boolean' }, initial: 'False' }],
  [
    'content-update-policy',
    { rule: { kind: 'choice', of: ['default', 'always', 'when-required'] }, initial: 'default' },
  ],
  ['default-recurse', { rule: { kind: 'boolean' }, initial: 'False' }],
  ['dehydrated', { rule: { kind: 'list' }, initial: [] }],
  ['exclude-patterns', { rule: { kind: 'list' }, initial: [] }],
  ['exclude-policy', { rule: { kind: 'choice', of: ['ignore', 'warn', 'reject'] }, initial: 'warn' }],
  ['flush-content-cache-on-success', { rule: { kind: 'boolean' }, initial: 'True' }],
  ['key-files', { rule: { kind: 'list' }, initial: [] }],
  ['mirror-discovery', { rule: { kind: 'boolean' }, initial: 'False' }],
  ['recursion-concurrency', { rule: { kind: 'count' }, initial: '1' }],
  ['send-uuid', { rule: { kind: 'boolean' }, initial: 'True' }],
  ['signature-policy', { rule: { kind: 'choice', of: policies }, initial: 'verify' }],
  ['signature-required-names', { rule: { kind: 'list' }, initial: [] }],
  ['temp-be-activation', { rule: { kind: 'boolean' }, initial: 'False' }],
  ['trust-anchor-directory', { rule: { kind: 'text' }, initial: 'etc/ssl/pkg' }],
  ['use-system-repo', { rule: { kind: 'boolean' }, initial: 'False' }],
])

/** Known image properties with their defaults, sorted by name. Source: image §4. */
const defaultProperties: ReadonlyMap<string, PropertyValue> = new Map(
  [...knownProperties].map(([name, known]) => [name, known.initial]),
)

/** Publisher properties with a rule; others are free-form. */
const publisherProperties: ReadonlyMap<string, PropertyRule> = new Map<string, PropertyRule>([
  ['signature-policy', { kind: 'choice', of: policies }],
  ['signature-required-names', { kind: 'list' }],
])

/** The value in force: what was set, else the default; undefined for free-form names that are not set. */
export function effectiveProperty(config: ImageConfig, name: string): PropertyValue | undefined {
  return config.properties.get(name) ?? defaultProperties.get(name)
}

/** True when a boolean property is in force. */
export function propertyHolds(config: ImageConfig, name: string): boolean {
  return effectiveProperty(config, name) === 'True'
}

/** Checks and normalises a value (`true` becomes `True`; text becomes a list where a list belongs). Problem: `bad_property`. */
export function checkImageProperty(name: string, value: PropertyValue): Result<PropertyValue, ImageProblem> {
  if (name === 'publisher-search-order' || name === 'preferred-authority')
    return bad(name, value, 'the search order is set with: pkg6 set-publisher --search-before')
  return checkValue(name, value, knownProperties.get(name)?.rule)
}

/** As `checkImageProperty`, for a property of a publisher. */
export function checkPublisherProperty(
  name: string,
  value: PropertyValue,
): Result<PropertyValue, ImageProblem> {
  return checkValue(name, value, publisherProperties.get(name))
}

function checkValue(
  name: string,
  value: PropertyValue,
  rule: PropertyRule | undefined,
): Result<PropertyValue, ImageProblem> {
  if (name === '' || /[\s/]/.test(name)) return bad(name, value, 'the name is empty or has blanks or slashes')
  if (rule === undefined || rule.kind === 'text') return ok(value)
  if (rule.kind === 'list') return ok(typeof value === 'string' ? (value === '' ? [] : [value]) : value)
  if (typeof value !== 'string') return bad(name, value, 'it takes a single value')
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

function bad(name: string, value: PropertyValue, reason: string): Result<PropertyValue, ImageProblem> {
  const shown = typeof value === 'string' ? value : value.join(', ')
  return err({ code: 'ips::image_error::bad_property', name, value: shown, reason })
}
