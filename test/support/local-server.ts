import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A web server of a test, on this machine only. */
export interface LocalServer {
  /** With trailing slash. */
  readonly uri: string
  /** `METHOD /undecoded/path` of every request, in order of arrival. */
  readonly requests: string[]
  /** Headers of every request, in the same order. */
  readonly headers: IncomingMessage['headers'][]
  /** Highest number of requests that were being answered at one time. */
  readonly peak: () => number
  /** Number of connections that were made. */
  readonly connections: () => number
  close(): Promise<void>
}

/** Starts a server on a free port of 127.0.0.1; connections are cut when it closes. */
export async function startServer(answer: RequestListener): Promise<LocalServer> {
  const requests: string[] = []
  const headers: IncomingMessage['headers'][] = []
  let running = 0
  let peak = 0
  let connections = 0
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    requests.push(`${request.method} ${request.url}`)
    headers.push(request.headers)
    running += 1
    peak = Math.max(peak, running)
    response.on('close', () => {
      running -= 1
    })
    answer(request, response)
  })
  server.on('connection', () => {
    connections += 1
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    uri: `http://127.0.0.1:${port}/`,
    requests,
    headers,
    peak: () => peak,
    connections: () => connections,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
