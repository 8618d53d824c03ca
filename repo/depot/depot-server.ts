import { closeSync, constants, createReadStream, openSync, readSync } from 'node:fs'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pipeline } from 'node:stream/promises'
import type { Result } from '#model'
import { err, ok } from '#model'
import type { RepositoryChangeProblem } from '../publish/publication-problems.ts'
import { openRepository } from '../publish/repository-open.ts'
import { errorCode } from '../transfer-error.ts'
import { createDepot } from './depot.ts'
import type { DepotAnswer } from './depot-answer.ts'
import { errorAnswer } from './depot-answer.ts'
import type { DepotOptions } from './depot-operations.ts'

/** A running depot. */
export interface DepotServer {
  /** With trailing slash. */
  readonly uri: string
  readonly port: number
  /** Stops listening; transfers under way may end within `timeout` milliseconds, then they are cut. */
  close(timeout?: number): Promise<void>
}

/**
 * Serves a repository over HTTP, read-only. `port` 0 takes a free one. `onBug` receives errors thrown while answering; the client
 * gets status 500. Problems: `not_a_repository`, `unreachable` (cannot listen on the address).
 */
export async function startDepot(
  options: DepotOptions & {
    readonly address: string
    readonly port: number
    readonly onBug: (thrown: unknown) => void
  },
): Promise<Result<DepotServer, RepositoryChangeProblem>> {
  const repository = await openRepository(options.root)
  if (!repository.ok) return repository
  const depot = createDepot(options)
  const server = createServer((request, response) => {
    answer(request, response, depot).catch((thrown: unknown) => {
      options.onBug(thrown)
      if (!response.headersSent) void send(errorAnswer(500, 'The depot has an error.'), request, response)
      else response.destroy()
    })
  })
  const failed = await listen(server, options.port, options.address)
  if (failed !== undefined) {
    const uri = `http://${hostPart(options.address)}:${options.port}/`
    const reason = `cannot listen on the address (${failed})`
    return err({ code: 'ips::repository_error::unreachable', uri, reason, status: undefined })
  }
  const { port } = server.address() as AddressInfo
  return ok({
    uri: `http://${hostPart(options.address)}:${port}/`,
    port,
    close: (timeout = 1000) =>
      new Promise((resolve) => {
        const timer = setTimeout(() => server.closeAllConnections(), timeout)
        server.close(() => {
          clearTimeout(timer)
          resolve()
        })
        server.closeIdleConnections()
      }),
  })
}

function listen(server: Server, port: number, address: string): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      const code = errorCode(error)
      if (code === undefined) reject(error)
      else resolve(code)
    })
    server.listen(port, address, () => resolve(undefined))
  })
}

function hostPart(address: string): string {
  return address.includes(':') ? `[${address}]` : address
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  depot: ReturnType<typeof createDepot>,
): Promise<void> {
  const ifModifiedSince = request.headers['if-modified-since']
  const method = request.method ?? ''
  await send(await depot({ method, url: request.url ?? '', ifModifiedSince }), request, response)
}

/** Smaller files are read at once, by plain calls: a stream, and threads that take the calls over, cost more than they do. Bytes. */
const WHOLE = 64 * 1024

/** The first `size` bytes of a file; undefined when it has not so many, or cannot be read. */
function readStart(path: string, size: number): Uint8Array | undefined {
  try {
    const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
    try {
      const bytes = Buffer.allocUnsafe(size)
      for (let at = 0; at < size; ) {
        const count = readSync(file, bytes, at, size - at, at)
        // It was cut meanwhile, and the length is announced.
        if (count === 0) return undefined
        at += count
      }
      return bytes
    } finally {
      closeSync(file)
    }
  } catch (thrown) {
    if (errorCode(thrown) === undefined) throw thrown
    return undefined
  }
}

async function send(reply: DepotAnswer, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { body } = reply
  const length =
    body.kind === 'file' ? body.size : body.kind === 'text' ? Buffer.byteLength(body.text) : undefined
  response.writeHead(reply.status, {
    ...reply.headers,
    ...(length !== undefined && { 'content-length': String(length) }),
    'x-content-type-options': 'nosniff',
  })
  if (request.method === 'HEAD' || body.kind === 'none') response.end()
  else if (body.kind === 'text') response.end(body.text)
  else if (body.size === 0) response.end()
  else if (body.size <= WHOLE) {
    const bytes = readStart(body.path, body.size)
    if (bytes === undefined) response.destroy()
    else response.end(bytes)
  } else {
    // A file that grows while it is sent keeps the length that was announced.
    const file = createReadStream(body.path, { end: body.size - 1 })
    await pipeline(file, response).catch((thrown: unknown) => {
      if (errorCode(thrown) === undefined) throw thrown
      response.destroy()
    })
  }
}
