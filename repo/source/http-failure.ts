import type { RepositoryProblem } from '../problems.ts'
import { errorCode } from '../transfer-error.ts'

/** Statuses that may be different when asked again; all other failures are final. Source: transport §5. */
const retryableStatuses: ReadonlySet<number> = new Set([404, 408, 502, 504])

/** Words of the depot's own error codes. Source: transport §3. */
const depotErrors: ReadonlyMap<string, string> = new Map([
  ['ENT', 'this account has no entitlement to the repository'],
  ['LIC', 'the licence of the repository has not been accepted'],
  ['SVR', 'the repository has an internal error'],
  ['MNT', 'the repository is under maintenance'],
])

/** The problem of an answer with an error status. */
export function statusProblem(answer: {
  readonly uri: string
  readonly object: string
  readonly status: number
  readonly statusText: string
  /** Value of `X-IPkg-Error`. */
  readonly detail: string | undefined
}): RepositoryProblem {
  const { uri, object, status } = answer
  // 400 is how a depot says "unknown publisher", 410 how a static server may say "no more".
  if (status === 404 || status === 400 || status === 410) {
    return { code: 'ips::repository_error::not_found', uri, object }
  }
  const details = (answer.detail ?? '')
    .split(',')
    .map((code) => depotErrors.get(code.trim()))
    .filter((text) => text !== undefined)
  const reason = [
    `${object}: HTTP status ${status}${answer.statusText && ` ${answer.statusText}`}`,
    ...details,
  ]
  const problem = {
    code: 'ips::repository_error::unreachable',
    uri,
    reason: reason.join('; '),
    status,
  } as const
  return retryableStatuses.has(status) ? problem : { ...problem, fatal: true }
}

const connectionWords: ReadonlyMap<string, string> = new Map([
  ['ECONNREFUSED', 'the connection was refused'],
  ['ECONNRESET', 'the connection was reset'],
  ['EPIPE', 'the connection was closed'],
  ['ENOTFOUND', 'the host name is unknown'],
  ['EAI_AGAIN', 'the host name could not be looked up'],
  ['EHOSTUNREACH', 'there is no route to the host'],
  ['ENETUNREACH', 'the network is unreachable'],
  ['ETIMEDOUT', 'the connection timed out'],
  ['UND_ERR_CONNECT_TIMEOUT', 'no connection within the time limit'],
  ['UND_ERR_HEADERS_TIMEOUT', 'no answer within the time limit'],
  ['UND_ERR_BODY_TIMEOUT', 'the transfer stalled'],
  ['UND_ERR_SOCKET', 'the connection was closed before the answer was complete'],
  ['UND_ERR_RES_CONTENT_LENGTH_MISMATCH', 'the answer is shorter or longer than it said'],
  ['UND_ERR_HEADERS_OVERFLOW', 'the headers of the answer are too large'],
])

const certificateCodes =
  /^(?:CERT_|CRL_|ERR_TLS_|ERR_SSL_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|INVALID_CA|HOSTNAME_MISMATCH|PATH_LENGTH_)/

/**
 * The problem of a failed connection. Throws an error without code again, because it is a bug. Refused certificates are
 * fatal: asking again cannot help.
 */
export function connectionProblem(uri: string, object: string, thrown: unknown): RepositoryProblem {
  const code = connectionCode(thrown)
  if (code === undefined) throw thrown
  const words = connectionWords.get(code)
  const reason = `${object}: ${words === undefined ? `the transfer failed (${code})` : `${words} (${code})`}`
  const problem = { code: 'ips::repository_error::unreachable', uri, reason, status: undefined } as const
  return certificateCodes.test(code) ? { ...problem, fatal: true } : problem
}

/** The innermost code says most: undici wraps socket failures. */
function connectionCode(thrown: unknown): string | undefined {
  if (thrown instanceof Error && thrown.cause !== undefined) {
    const inner = errorCode(thrown.cause)
    if (inner !== undefined) return inner
  }
  return errorCode(thrown)
}
