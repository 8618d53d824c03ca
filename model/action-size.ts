import { type Action, attribute } from './action.ts'

const sizeForm = /^\d+$/
const exactDigits = 15

/**
 * Bytes that a decimal text states; undefined when it is none. A number with more than 15 digits is larger than any disk and
 * stands for the largest exact one, so that nobody gets round a check by stating too much.
 */
export function parseSize(text: string | undefined): number | undefined {
  if (text === undefined || !sizeForm.test(text)) return undefined
  return text.length > exactDigits ? Number.MAX_SAFE_INTEGER : Number(text)
}

const sizeUnits = ['B', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB'] as const

/** The largest unit that is not larger than a size; steps of 1024. */
export function sizeUnit(bytes: number): { readonly name: string; readonly bytes: number } {
  let unit = 0
  while (Math.abs(bytes) / 1024 ** unit >= 1024 && unit < sizeUnits.length - 1) unit += 1
  return { name: sizeUnits[unit]!, bytes: 1024 ** unit }
}

/** `1.50 kB`: the largest unit that fits, two decimals. */
export function formatSize(bytes: number): string {
  const unit = sizeUnit(bytes)
  return `${(bytes / unit.bytes).toFixed(2)} ${unit.name}`
}

function sizeOf(text: string | undefined): number {
  return parseSize(text) ?? 0
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
