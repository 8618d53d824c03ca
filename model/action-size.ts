import { type Action, attribute } from './action.ts'

const sizeForm = /^\d{1,15}$/

function sizeOf(text: string | undefined): number {
  return text !== undefined && sizeForm.test(text) ? Number(text) : 0
}

/** Bytes of the uncompressed payload as `pkg.size` states them; 0 when absent, malformed or negative. */
export function actionSize(action: Action): number {
  return sizeOf(attribute(action, 'pkg.size'))
}

/** Bytes of the stored gzip payload as `pkg.csize` states them; 0 when absent, malformed or negative. */
export function actionCompressedSize(action: Action): number {
  return sizeOf(attribute(action, 'pkg.csize'))
}

/**
 * Bytes that fetching the payload moves: `pkg.csize`, else `pkg.size`, else 0; of a signature also its chain. Source:
 * manifest-and-actions §4.
 */
export function transferSize(action: Action): number {
  const own = attribute(action, 'pkg.csize') === undefined ? actionSize(action) : actionCompressedSize(action)
  if (action.type !== 'signature') return own
  const chain = attribute(action, 'chain.csizes') ?? ''
  return chain.split(' ').reduce((sum, text) => sum + sizeOf(text), own)
}
