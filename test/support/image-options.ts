import type { CreateImageOptions } from '#image'

/** What a new user image is made from: nothing set and no publisher, unless `changes` say otherwise. */
export function imageOptions(root: string, changes: Partial<CreateImageOptions> = {}): CreateImageOptions {
  return {
    root,
    kind: 'user',
    zone: false,
    force: false,
    variants: new Map(),
    facets: new Map(),
    properties: new Map(),
    publisher: undefined,
    refresh: true,
    ...changes,
  }
}
