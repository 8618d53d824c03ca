import { X509Certificate } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** Most bytes of a file. The file of one authority has some thousand. */
const longestFile = 1 << 20
const mostFiles = 10_000

/**
 * The certificates (PEM) of a folder in the form of OpenSSL: files, or links, that are named by a hash, such as `4f2a9c1b.0`. A file that cannot be
 * read or is no certificate is skipped, so it is not trusted. A missing folder gives no certificates.
 */
export function readAuthorities(folder: string): readonly string[] {
  const names = attempt(() => readdirSync(folder)) ?? []
  return names
    .filter((name) => /^[0-9a-f]{8}\.\d{1,5}$/.test(name))
    .slice(0, mostFiles)
    .flatMap((name) => certificatesOf(join(folder, name)))
}

function certificatesOf(path: string): readonly string[] {
  const text = attempt(() => {
    const status = statSync(path)
    return status.isFile() && status.size <= longestFile ? readFileSync(path, 'latin1') : ''
  })
  const blocks = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g
  return (text?.match(blocks) ?? []).filter((pem) => attempt(() => new X509Certificate(pem)) !== undefined)
}

/** Undefined where a call of Node fails. */
function attempt<T>(call: () => T): T | undefined {
  try {
    return call()
  } catch (error) {
    if (error instanceof Error && 'code' in error) return undefined
    throw error
  }
}
