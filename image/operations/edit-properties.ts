import { compareCodePoints, err, ok, type Result } from '#model'
import { changeImage } from '../change/change-image.ts'
import type { ImageConfig, PropertyValue } from '../config/image-config.ts'
import { checkImageProperty, defaultProperties, isListProperty, propertyText } from '../config/properties.ts'
import type { ImageProblem, OperationProblem } from '../problems.ts'
import type { ImageContext } from '../state/context.ts'

/** The order of the publishers stands for this property. */
const searchOrder = 'publisher-search-order'

/** Input of a command that changes image properties. */
export type PropertyEdit =
  /** Sets; several values only where the property takes a list, and for the names of `signature-policy require-names`. */
  | { readonly kind: 'set'; readonly name: string; readonly values: readonly string[] }
  /** Adds to a list; a name that is not there becomes a list. */
  | { readonly kind: 'add'; readonly name: string; readonly value: string }
  | { readonly kind: 'remove'; readonly name: string; readonly value: string }
  /** One after the other, up to the first that is not set; known ones get their default back. */
  | { readonly kind: 'unset'; readonly names: readonly string[] }

const operations = {
  set: 'set-property',
  add: 'add-property-value',
  remove: 'remove-property-value',
  unset: 'unset-property',
} as const

/** All properties with their effective values, sorted by name. Source: image §4. */
export function listProperties(config: ImageConfig): ReadonlyMap<string, PropertyValue> {
  const all = new Map<string, PropertyValue>([
    ...defaultProperties,
    ...config.properties,
    [searchOrder, config.publishers.map(({ name }) => name)],
  ])
  return new Map([...all].sort(([a], [b]) => compareCodePoints(a, b)))
}

/**
 * Changes properties of the image. Problems: `bad_property`, `unknown_property`, `unknown_property_value`, `single_property`,
 * `unsupported_property`, `signature_names`, those of the lock. Source: cli §8.
 */
export function editProperties(
  context: ImageContext,
  edit: PropertyEdit,
): Promise<Result<void, OperationProblem>> {
  return changeImage<void>(context, operations[edit.kind], async () => {
    const before = context.config()
    const { config, problem } = applyEdit(before, edit)
    const saved = config === before ? ok(undefined) : context.saveConfig(config)
    if (!saved.ok) return saved
    return problem === undefined ? ok({ value: undefined, changed: true }) : err(problem)
  })
}

/** The configuration after an edit; after a problem, with the changes before it. */
interface Edited {
  readonly config: ImageConfig
  readonly problem?: ImageProblem
}

function applyEdit(config: ImageConfig, edit: PropertyEdit): Edited {
  if (edit.kind === 'unset') return unset(config, edit.names)
  const edited =
    edit.kind === 'set'
      ? set(config, edit.name, edit.values)
      : edit.kind === 'add'
        ? add(config, edit.name, edit.value)
        : remove(config, edit.name, edit.value)
  return edited.ok ? { config: edited.value } : { config, problem: edited.error }
}

function set(
  config: ImageConfig,
  name: string,
  values: readonly string[],
): Result<ImageConfig, ImageProblem> {
  const [first = '', ...rest] = values
  if (name === searchOrder) return ok(reorder(config, values))
  if (name === 'signature-policy' && first === 'require-names') {
    if (rest.length === 0) return err({ code: 'ips::image_error::signature_names' })
    const policy = put(config, name, first)
    return policy.ok ? put(policy.value, 'signature-required-names', rest) : policy
  }
  if (isListProperty(name)) return put(config, name, values)
  if (rest.length === 0) return put(config, name, first)
  const reason = 'it takes a single value'
  return err({ code: 'ips::image_error::bad_property', name, value: propertyText(values), reason })
}

function put(config: ImageConfig, name: string, value: PropertyValue): Result<ImageConfig, ImageProblem> {
  const checked = checkImageProperty(name, value)
  if (!checked.ok) return checked
  return ok({ ...config, properties: new Map([...config.properties, [name, checked.value]]) })
}

function add(config: ImageConfig, name: string, value: string): Result<ImageConfig, ImageProblem> {
  if (name === searchOrder) return ok(reorder(config, [...orderOf(config), value]))
  const present = listProperties(config).get(name)
  if (present !== undefined && !isListProperty(name))
    return err({ code: 'ips::image_error::single_property', name })
  const list = typeof present === 'string' || present === undefined ? [] : present
  return put(config, name, list.includes(value) ? list : [...list, value])
}

function remove(config: ImageConfig, name: string, value: string): Result<ImageConfig, ImageProblem> {
  const present = listProperties(config).get(name)
  if (present === undefined) return err({ code: 'ips::image_error::unknown_property', name })
  if (typeof present === 'string' || !isListProperty(name))
    return err({ code: 'ips::image_error::single_property', name })
  if (!present.includes(value)) return err({ code: 'ips::image_error::unknown_property_value', name, value })
  const rest = present.filter((one) => one !== value)
  return name === searchOrder ? ok(reorder(config, rest)) : put(config, name, rest)
}

function unset(config: ImageConfig, names: readonly string[]): Edited {
  const properties = new Map(config.properties)
  for (const name of names) {
    if (properties.delete(name) || defaultProperties.has(name) || name === searchOrder) continue
    return {
      config: { ...config, properties },
      problem: { code: 'ips::image_error::unknown_property', name },
    }
  }
  return { config: { ...config, properties } }
}

function orderOf(config: ImageConfig): readonly string[] {
  return config.publishers.map(({ name }) => name)
}

/** Publishers in the order of the names; unknown names are dropped, publishers that are not named come last, by name. Source: image §4. */
function reorder(config: ImageConfig, names: readonly string[]): ImageConfig {
  const rank = (name: string): number => (names.includes(name) ? names.indexOf(name) : names.length)
  const publishers = [...config.publishers].sort(
    (a, b) => rank(a.name) - rank(b.name) || compareCodePoints(a.name, b.name),
  )
  return { ...config, publishers }
}
