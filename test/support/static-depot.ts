import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import type { RequestListener } from 'node:http'
import { join } from 'node:path'
import type { LocalServer } from './local-server.ts'
import { startServer } from './local-server.ts'

/** Text of `versions/0` of a static server, with and without publisher prefixes. Source: repository-v4 §6. */
export function versionsText(prefixed: boolean): string {
  const publisher = prefixed ? 'publisher 0 1' : 'publisher 0'
  return `pkg-server example-1\n${publisher}\nversions 0\ncatalog 1\nfile 1\nmanifest 0\n`
}

/**
 * A version 4 repository behind a web server that only maps addresses to files and knows nothing of the product's own code:
 * what pkg5 users put behind nginx. `publisher` is the one for addresses without prefix.
 */
export function staticDepot(
  root: string,
  options: { readonly prefixed: boolean; readonly publisher: string },
): RequestListener {
  const publishers = readdirSync(join(root, 'publisher')).sort()
  return (request, response) => {
    const send = (status: number, type: string, body: Uint8Array | string) => {
      response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) })
      response.end(request.method === 'HEAD' ? undefined : body)
    }
    // The undecoded path counts: file names contain %2F.
    let path = (request.url ?? '/').slice(1)
    let publisher = options.publisher
    const first = path.split('/')[0] ?? ''
    if (options.prefixed && publishers.includes(first)) {
      publisher = first
      path = path.slice(first.length + 1)
    }
    if (/^versions\/0\/?$/.test(path)) {
      send(200, 'text/plain', versionsText(options.prefixed))
      return
    }
    if (/^publisher\/[01]\/?$/.test(path)) {
      const listed = first === 'publisher' ? publishers : [publisher]
      send(200, 'application/vnd.pkg5.info', publisherInfo(listed))
      return
    }
    const file = mapped(join(root, 'publisher', publisher), path)
    if (file === undefined || !existsSync(file) || !statSync(file).isFile()) {
      send(404, 'text/html', '<html><body><h1>Not Found</h1></body></html>')
      return
    }
    send(200, path.startsWith('file/') ? 'application/data' : 'text/plain', readFileSync(file))
  }
}

/** Starts a static depot on 127.0.0.1. */
export async function startStaticDepot(
  root: string,
  options: { readonly prefixed: boolean; readonly publisher: string },
): Promise<LocalServer> {
  return startServer(staticDepot(root, options))
}

function mapped(folder: string, path: string): string | undefined {
  if (path.includes('..')) return undefined
  const catalog = /^catalog\/1\/([^/]+)$/.exec(path)?.[1]
  if (catalog !== undefined) return join(folder, 'catalog', catalog)
  const hash = /^file\/[01]\/([0-9a-f]+)$/.exec(path)?.[1]
  if (hash !== undefined) return join(folder, 'file', hash.slice(0, 2), hash)
  const manifest = /^manifest\/0\/([^/@]+)@([^/]+)$/.exec(path)
  if (manifest !== null) return join(folder, 'pkg', manifest[1] ?? '', manifest[2] ?? '')
  return undefined
}

function publisherInfo(names: readonly string[]): string {
  const publishers = names.map((name) => ({ alias: null, name, packages: [], repositories: [] }))
  return `${JSON.stringify({ packages: [], publishers, version: 1 }, null, 2)}\n`
}
