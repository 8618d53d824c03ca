import { Ajv, type ValidateFunction } from 'ajv'

/**
 * Shapes of the small catalog files, checked by ajv. Loaded only by refresh and publication (`await import`), so that
 * commands that read the index do not pay for it. Parts are tens of megabytes and have a linear check of their own in
 * `catalog-part.ts`. Source: catalog-v1 §2.
 */
const timestamp = { type: 'string', pattern: '^\\d{8}T\\d{6}(\\.\\d{6})?Z$' } as const
const timestampOrNull = { anyOf: [timestamp, { type: 'null' }] } as const
const count = { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER } as const

const fileRecord = {
  type: 'object',
  required: ['last-modified'],
  properties: {
    'last-modified': timestamp,
    'signature-sha-1': { type: 'string', pattern: '^[0-9a-f]{40}$' },
  },
} as const

const attributesSchema = {
  type: 'object',
  required: [
    'created',
    'last-modified',
    'package-count',
    'package-version-count',
    'parts',
    'updates',
    'version',
  ],
  properties: {
    created: timestampOrNull,
    'last-modified': timestampOrNull,
    'package-count': count,
    'package-version-count': count,
    // Names become file names: three fields, no slash, no leading dot in a field.
    parts: {
      type: 'object',
      propertyNames: { pattern: '^catalog\\.[A-Za-z0-9_-]+\\.[A-Za-z0-9_@-][A-Za-z0-9_@.-]*$' },
      additionalProperties: fileRecord,
    },
    updates: {
      type: 'object',
      propertyNames: { pattern: '^update\\.\\d{8}T\\d{2}Z\\.[A-Za-z0-9_@-][A-Za-z0-9_@.-]*$' },
      additionalProperties: fileRecord,
    },
    version: { enum: [0, 1] },
  },
} as const

const logSchema = {
  type: 'object',
  additionalProperties: {
    type: 'object',
    additionalProperties: {
      type: 'array',
      items: {
        type: 'object',
        required: ['op-type', 'op-time', 'version'],
        properties: { 'op-type': { type: 'string' }, 'op-time': timestamp, version: { type: 'string' } },
      },
    },
  },
} as const

const ajv = new Ajv({ allErrors: false, strict: true, allowUnionTypes: true })
let attributes: ValidateFunction | undefined
let log: ValidateFunction | undefined

/** Why a value has not the shape of `catalog.attrs`, or undefined when it has. */
export function attributesFault(value: unknown): string | undefined {
  attributes ??= ajv.compile(attributesSchema)
  return attributes(value) ? undefined : fault(attributes)
}

/** Why a value (without `_` members) has not the shape of an update log, or undefined when it has. */
export function logFault(value: unknown): string | undefined {
  log ??= ajv.compile(logSchema)
  return log(value) ? undefined : fault(log)
}

function fault(validate: ValidateFunction): string {
  const first = validate.errors?.[0]
  if (first === undefined) return 'it has another shape'
  if (first.keyword === 'propertyNames') {
    return `${JSON.stringify(String(first.params.propertyName))} is not the name of a catalog file`
  }
  return `${first.instancePath === '' ? 'it' : first.instancePath} ${first.message ?? 'has another shape'}`
}
