import { createHash } from 'node:crypto'

/** Hexadecimal digits of the digest in the last line of a program's source. */
export const digestLength = 64

/** The file of a bundled program: a function of the names that its modules expect, then a line with the digest of the bundle. */
export function programSource(bundle: string): string {
  const digest = createHash('sha256').update(bundle).digest('hex')
  return `(function (exports, require, module, __filename, __dirname, pkg6Url) {${bundle}\n})\n//${digest}\n`
}
