import { Ajv, type ValidateFunction } from 'ajv'

/** A location as the file has it. */
export interface StoredLocation {
  readonly uri: string
  readonly enabled: boolean
}

/** A publisher as the file has it; the position is the rank. */
export interface StoredPublisher {
  readonly name: string
  readonly alias?: string
  readonly sticky: boolean
  readonly enabled: boolean
  readonly origins: readonly StoredLocation[]
  readonly mirrors: readonly StoredLocation[]
  readonly properties: Readonly<Record<string, string | readonly string[]>>
  readonly refreshSeconds?: number
  readonly clientUuid?: string
}

/** A mediator as the file has it. */
export interface StoredMediator {
  readonly name: string
  readonly version?: string
  readonly implementation?: string
}

/** Shape of `pkg6.image.json`, format 1. */
export interface StoredConfig {
  readonly format: 1
  readonly kind: 'full' | 'partial' | 'user'
  readonly publishers: readonly StoredPublisher[]
  readonly variants: Readonly<Record<string, string>>
  readonly facets: Readonly<Record<string, boolean>>
  readonly mediators: readonly StoredMediator[]
  readonly properties: Readonly<Record<string, string | readonly string[]>>
}

const text = { type: 'string', maxLength: 65_536 } as const
const name = { type: 'string', minLength: 1, maxLength: 1024 } as const
const propertyMap = {
  type: 'object',
  propertyNames: name,
  additionalProperties: { anyOf: [text, { type: 'array', items: text, maxItems: 10_000 }] },
} as const
const locations = {
  type: 'array',
  maxItems: 1000,
  items: {
    type: 'object',
    additionalProperties: false,
    required: ['uri', 'enabled'],
    properties: { uri: { ...name, maxLength: 8192 }, enabled: { type: 'boolean' } },
  },
} as const

/** JSON schema of the file. It is a constant that a test checks, so it is compiled without checking it at each start. */
export const configSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['format', 'kind', 'publishers', 'variants', 'facets', 'mediators', 'properties'],
  properties: {
    format: { const: 1 },
    kind: { enum: ['full', 'partial', 'user'] },
    publishers: {
      type: 'array',
      maxItems: 1000,
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['name', 'sticky', 'enabled', 'origins', 'mirrors', 'properties'],
        properties: {
          name,
          alias: name,
          sticky: { type: 'boolean' },
          enabled: { type: 'boolean' },
          origins: locations,
          mirrors: locations,
          properties: propertyMap,
          refreshSeconds: { type: 'integer', minimum: 0 },
          clientUuid: { type: 'string', pattern: '^[0-9a-f-]{36}$' },
        },
      },
    },
    variants: {
      type: 'object',
      propertyNames: { pattern: '^variant\\.[^\\s]+$' },
      additionalProperties: text,
    },
    facets: {
      type: 'object',
      propertyNames: { pattern: '^facet\\.[^\\s]+$' },
      additionalProperties: { type: 'boolean' },
    },
    mediators: {
      type: 'array',
      maxItems: 10_000,
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['name'],
        properties: { name, version: text, implementation: text },
      },
    },
    properties: propertyMap,
  },
} as const

let compiled: ValidateFunction<StoredConfig> | undefined

/** The first thing wrong with a parsed file, as `/publishers/0/name must be string`; undefined when its shape is right. */
export function configShapeError(value: unknown): string | undefined {
  compiled ??= new Ajv({
    meta: false,
    validateSchema: false,
    code: { optimize: false },
  }).compile<StoredConfig>(configSchema)
  if (compiled(value)) return undefined
  const [first] = compiled.errors ?? []
  if (first === undefined) return 'invalid'
  return `${first.instancePath === '' ? 'the file' : first.instancePath} ${first.message ?? 'is invalid'}`
}
