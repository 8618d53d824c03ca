import { createServer, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { createSource, originChain, type RepositorySource, type TransportSettings } from '#repo'
import { startServer } from '../../support/local-server.ts'
import { publisherOf, smallPayload, temporaryFolder } from '../../support/small-repository.ts'
import { versionsText } from '../../support/static-depot.ts'

const small = publisherOf('small.example')
const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

/** A server that answers every request with the same bytes; returns its URI. */
async function rawServer(answer: (socket: Socket, asked: string) => void): Promise<string> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('data', (bytes) => answer(socket, bytes.toString('latin1')))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('no address')
  return `http://127.0.0.1:${address.port}/`
}

function open(uri: string, settings: Partial<TransportSettings> = {}): RepositorySource {
  const made = createSource(uri, { rounds: 1, lowSpeedTimeout: 300, ...settings })
  if (!made.ok) throw new Error(uri)
  closing.push(() => made.value.close())
  return made.value
}

const ok = 'HTTP/1.1 200 OK\r\n'
const body = versionsText(false)
/** Answers that are not valid HTTP. `close`: the connection ends after them. */
const malformed: Readonly<Record<string, string>> = {
  'a negative length': `${ok}Content-Length: -5\r\n\r\nx`,
  'a length that is no number': `${ok}Content-Length: many\r\n\r\nx`,
  'two lengths': `${ok}Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd`,
  'a huge length': `${ok}Content-Length: 99999999999999999999999\r\n\r\nabcd`,
  'a length and chunks': `${ok}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n`,
  'chunks without size': `${ok}Transfer-Encoding: chunked\r\n\r\nZZ\r\nabc\r\n`,
  'a chunk that is too large': `${ok}Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\nabc\r\n`,
  'chunks without end': `${ok}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n`,
  'no HTTP at all': 'SSH-2.0-OpenSSH_9.9\r\n',
  'another protocol': 'ICY 200 OK\r\n\r\n',
  'a status that is no number': 'HTTP/1.1 abc OK\r\n\r\n',
  'a status of four digits': 'HTTP/1.1 2000 OK\r\n\r\n',
  'a status of HTTP/9': 'HTTP/9.9 200 OK\r\n\r\n',
  'a header without colon': `${ok}nonsense\r\n\r\n`,
  'a header with NUL': `${ok}X: a\0b\r\nContent-Length: 0\r\n\r\n`,
  'a header of 100 KiB': `${ok}X: ${'a'.repeat(100_000)}\r\n\r\n`,
  'an upgrade nobody asked for':
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n',
  'a redirect to nowhere': 'HTTP/1.1 302 Found\r\nLocation: http://[\r\nContent-Length: 0\r\n\r\n',
  'a damaged encoding': `${ok}Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc`,
  'an unknown encoding': `${ok}Content-Encoding: zstd-of-the-future\r\nContent-Length: 3\r\n\r\nabc`,
  nothing: '',
}

describe('an answer that is not HTTP', () => {
  it.each(Object.entries(malformed))('%s is no answer', async (_, text) => {
    let asked = 0
    const uri = await rawServer((socket) => {
      asked += 1
      socket.end(text, 'latin1')
    })
    const fetched = await open(uri, { rounds: 2 }).fetchPublishers()
    expect(fetched).toMatchObject({ ok: false, error: { code: 'ips::repository_error::unreachable', uri } })
    expect(asked).toBe(2)
  })

  it('of a mirror makes the origin give the object', async () => {
    const folder = temporaryFolder()
    closing.push(() => folder.remove())
    const payload = smallPayload('hello\n')
    const good = await startServer((request, response) => {
      if (request.url === '/versions/0/') response.end(body)
      else response.end(payload.stored)
    })
    closing.push(() => good.close())
    let text = ''
    const bad = await rawServer((socket, asked) => {
      const isFile = asked.startsWith('GET /file/') || asked.startsWith('GET /small.example/file/')
      socket.end(isFile ? text : `${ok}Content-Length: ${body.length}\r\n\r\n${body}`, 'latin1')
    })
    for (const [index, one] of Object.values(malformed).entries()) {
      text = one
      const chain = originChain([open(good.uri)], { mirrors: [open(bad)] })
      const fetched = await chain.fetchPayload(small, payload.action, `${folder.path}/${index}`)
      expect(fetched, one).toMatchObject({ ok: true })
    }
  })

  it('that never ends is given up, however it drips', async () => {
    const drip = (first: string, piece: string) =>
      rawServer((socket) => {
        socket.write(first)
        const timer = setInterval(() => socket.write(piece), 20)
        closing.push(() => clearInterval(timer))
      })
    const uris = await Promise.all([
      drip(`${ok}X: `, 'a'),
      drip('', 'HTTP/1.1 100 Continue\r\n\r\n'),
      drip(`${ok}Content-Length: 1000000\r\n\r\n`, 'a'),
      drip(`${ok}Transfer-Encoding: chunked\r\n\r\n`, '1\r\na\r\n'),
      // Above the lowest speed, but longer than the limit for a whole answer.
      drip(`${ok}Content-Length: 4000000\r\n\r\n`, 'a'.repeat(100)),
    ])
    const settings = { lowSpeedTimeout: 200, lowSpeedLimit: 1000, transferTimeout: 500 }
    const all = await Promise.all(uris.map((uri) => open(uri, settings).fetchPublishers()))
    for (const fetched of all)
      expect(fetched).toMatchObject({ ok: false, error: { code: 'ips::repository_error::unreachable' } })
  })
})
