import { err, ok, type Result } from '#model'

/** Maximum size of a JSON file, bytes. */
export const maximumJsonLength = 64 * 1024 * 1024

/** An invalid JSON value: JSON pointer and the expected type. */
export interface ShapeFault {
  readonly at: string
  readonly wanted: string
}

/** A value of a JSON text, with its JSON pointer (empty for the top). */
export interface JsonPlace {
  readonly at: string
  readonly value: unknown
}

/** An own member of an object; undefined where there is none of that name. */
export function member(object: object, name: string, at: string): JsonPlace | undefined {
  const descriptor = Object.getOwnPropertyDescriptor(object, name)
  return descriptor === undefined ? undefined : { at: `${at}/${name}`, value: descriptor.value as unknown }
}

const fault = (at: string, wanted: string): Result<never, ShapeFault> =>
  err({ at: at === '' ? '/' : at, wanted })

/** The value as a plain object. */
export function asObject({ at, value }: JsonPlace): Result<object, ShapeFault> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? ok(value)
    : fault(at, 'an object')
}

/** The value as text. */
export function asText({ at, value }: JsonPlace): Result<string, ShapeFault> {
  return typeof value === 'string' ? ok(value) : fault(at, 'a text')
}

/** The value as true or false; a missing value is false. */
export function asFlag(place: JsonPlace | undefined): Result<boolean, ShapeFault> {
  if (place === undefined) return ok(false)
  return typeof place.value === 'boolean' ? ok(place.value) : fault(place.at, 'true or false')
}

/** The value as a list of texts; a missing value is an empty list. */
export function asTexts(place: JsonPlace | undefined): Result<readonly string[], ShapeFault> {
  if (place === undefined) return ok([])
  const { at, value } = place
  if (!Array.isArray(value)) return fault(at, 'a list of texts')
  for (let index = 0; index < value.length; index += 1) {
    if (typeof value[index] !== 'string') return fault(`${at}/${index}`, 'a text')
  }
  return ok(value as readonly string[])
}

/** The value as a map from names to values of one type; a missing value is an empty map. */
export function asMap<T>(
  place: JsonPlace | undefined,
  isOne: (value: unknown) => value is T,
  wanted: string,
): Result<ReadonlyMap<string, T>, ShapeFault> {
  const result = new Map<string, T>()
  if (place === undefined) return ok(result)
  const object = asObject(place)
  if (!object.ok) return object
  for (const [name, value] of Object.entries(object.value)) {
    if (!isOne(value)) return fault(`${place.at}/${name}`, wanted)
    result.set(name, value)
  }
  return ok(result)
}
