import type { Readable } from 'node:stream'
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'
import type { RepositoryProblem } from '../problems.ts'
import { discard, writePiece } from '../stream-write.ts'
import { errorCode, TransferError } from '../transfer-error.ts'
import { connectionProblem } from './http-failure.ts'

/** One answer whose body is still to be read. */
export interface HttpBody {
  readonly uri: string
  readonly object: string
  readonly stream: Readable
  /** Value of `Content-Encoding`. */
  readonly encoding: string | undefined
  /** Most bytes, as sent and after decoding. */
  readonly limit: number
  /** Milliseconds; 0 = never give up. */
  readonly lowSpeedTimeout: number
  /** Bytes a second. */
  readonly lowSpeedLimit: number
  /** Milliseconds for the whole body; 0 = no limit. */
  readonly longest: number
}

/**
 * Decoded pieces of a body; throws `TransferError`. Gives up when the transfer stays below the speed limit, or when the
 * body is larger than `limit`. The connection is released however the iteration ends.
 */
export async function* readBody(body: HttpBody): AsyncGenerator<Uint8Array> {
  const raw = watched(body)
  const encoding = (body.encoding ?? 'identity').trim().toLowerCase()
  if (encoding === 'identity' || encoding === '') {
    yield* limited(raw, body)
    return
  }
  const decoder = decoderFor(encoding)
  if (decoder === undefined) {
    discard(body.stream)
    throw new TransferError(unreachable(body, `unknown content encoding "${encoding}"`))
  }
  yield* limited(decoded(limited(raw, body), decoder, body), body)
}

/** Whole body. */
export async function collectBody(body: HttpBody): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  for await (const piece of readBody(body)) pieces.push(piece)
  return Buffer.concat(pieces)
}

async function* watched(body: HttpBody): AsyncGenerator<Uint8Array> {
  let received = 0
  let tooSlow = false
  // Time the reader spends on a piece is not the sender's fault.
  let waiting = true
  const least = (body.lowSpeedLimit * body.lowSpeedTimeout) / 1000
  let elapsed = 0
  const timer =
    body.lowSpeedTimeout > 0
      ? setInterval(() => {
          elapsed += body.lowSpeedTimeout
          if ((waiting && received < least) || (body.longest > 0 && elapsed > body.longest)) {
            tooSlow = true
            discard(body.stream)
          }
          received = 0
        }, body.lowSpeedTimeout)
      : undefined
  try {
    for await (const chunk of body.stream) {
      received += chunk.length
      waiting = false
      yield chunk
      waiting = true
    }
    if (tooSlow) throw new TransferError(slow(body))
  } catch (thrown) {
    if (thrown instanceof TransferError) throw thrown
    throw new TransferError(tooSlow ? slow(body) : connectionProblem(body.uri, body.object, thrown))
  } finally {
    clearInterval(timer)
    discard(body.stream)
  }
}

async function* limited(pieces: AsyncIterable<Uint8Array>, body: HttpBody): AsyncGenerator<Uint8Array> {
  let total = 0
  for await (const piece of pieces) {
    total += piece.length
    if (total > body.limit) {
      throw new TransferError({
        code: 'ips::repository_error::bad_size',
        uri: body.uri,
        object: body.object,
        expected: body.limit,
        found: total,
      })
    }
    yield piece
  }
}

/** Bytes that a decoder gives at a time; catalogs have a hundred million. */
const chunkSize = 128 * 1024

function decoderFor(encoding: string) {
  if (encoding === 'gzip' || encoding === 'x-gzip') return createGunzip({ chunkSize })
  if (encoding === 'deflate') return createInflate({ chunkSize })
  if (encoding === 'br') return createBrotliDecompress({ chunkSize })
  return undefined
}

async function* decoded(
  pieces: AsyncIterable<Uint8Array>,
  decoder: NonNullable<ReturnType<typeof decoderFor>>,
  body: HttpBody,
): AsyncGenerator<Uint8Array> {
  const feed = async () => {
    for await (const piece of pieces) {
      await writePiece(decoder, piece)
      if (decoder.destroyed) return
    }
    decoder.end()
  }
  // A failed transfer ends the decoder with its own error, so that the reader below sees it.
  const feeding = feed().catch((thrown: Error) => {
    decoder.destroy(thrown)
  })
  try {
    for await (const piece of decoder) yield piece
  } catch (thrown) {
    if (thrown instanceof TransferError) throw thrown
    const code = errorCode(thrown)
    if (code === undefined) throw thrown
    throw new TransferError(unreachable(body, `the content encoding is damaged (${code})`))
  } finally {
    decoder.destroy()
    discard(body.stream)
    await feeding
  }
}

function slow(body: HttpBody): RepositoryProblem {
  return unreachable(body, 'the transfer is too slow')
}

function unreachable(body: HttpBody, reason: string): RepositoryProblem {
  return {
    code: 'ips::repository_error::unreachable',
    uri: body.uri,
    reason: `${body.object}: ${reason}`,
    status: undefined,
  }
}
