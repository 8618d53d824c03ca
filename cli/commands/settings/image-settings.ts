import { readAssignments } from './assignments.ts'

/** `--facet NAME=(True|False)`, with full names; a text is a usage error. */
export function readFacets(texts: readonly string[]): ReadonlyMap<string, boolean> | string {
  const wrong = "Facet arguments must be of the form '<name>=(True|False)'"
  const read = readAssignments(texts, false)
  if (!read.ok) return wrong
  const facets = new Map<string, boolean>()
  for (const [name, value] of read.value) {
    const word = value.toLowerCase()
    if (word !== 'true' && word !== 'false') return wrong
    facets.set(name.startsWith('facet.') ? name : `facet.${name}`, word === 'true')
  }
  return facets
}

/** `--variant NAME=VALUE`, with full names; a text is a usage error. */
export function readVariants(texts: readonly string[]): ReadonlyMap<string, string> | string {
  const read = readAssignments(texts, false)
  if (!read.ok) return "variant arguments must be of the form '<name>=<value>'."
  return new Map(
    [...read.value].map(([name, value]) => [name.startsWith('variant.') ? name : `variant.${name}`, value]),
  )
}
