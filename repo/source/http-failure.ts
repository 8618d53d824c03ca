import type { CertificateFault, RepositoryProblem } from '../problems.ts'
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
  ['HTTPParserError', 'the answer is not HTTP'],
  ['UND_ERR_HEADERS_OVERFLOW', 'the headers of the answer are too large'],
])

/** Why a certificate was refused, in words. Asking again cannot help. */
const certificateWords: ReadonlyMap<string, readonly [CertificateFault, string]> = new Map([
  [
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    ['untrusted', 'the certificate of the server is self-signed and not trusted'],
  ],
  [
    'SELF_SIGNED_CERT_IN_CHAIN',
    ['untrusted', 'the certificate of the server comes from an authority that is not trusted'],
  ],
  ['CERT_HAS_EXPIRED', ['time', 'the certificate of the server has expired']],
  ['CERT_NOT_YET_VALID', ['time', 'the certificate of the server is not valid yet']],
  ['ERR_TLS_CERT_ALTNAME_INVALID', ['host', 'the certificate of the server is for another host']],
  ['HOSTNAME_MISMATCH', ['host', 'the certificate of the server is for another host']],
  ['CERT_REVOKED', ['refused', 'the certificate of the server was revoked']],
  ['ERR_SSL_WRONG_VERSION_NUMBER', ['refused', 'the server does not speak TLS']],
  ['ERR_SSL_PACKET_LENGTH_TOO_LONG', ['refused', 'the server does not speak TLS']],
  ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', ['refused', 'the server asks for a client certificate']],
])

const untrustedCodes = /^(?:UNABLE_TO_|CERT_UNTRUSTED|INVALID_CA|CERT_CHAIN_TOO_LONG|PATH_LENGTH_)/
const certificateCodes = /^(?:CERT_|CRL_|ERR_TLS_|ERR_SSL_|UNABLE_TO_|INVALID_CA|PATH_LENGTH_)/

function certificateFault(code: string): readonly [CertificateFault, string] | undefined {
  const known = certificateWords.get(code)
  if (known !== undefined) return known
  if (untrustedCodes.test(code))
    return ['untrusted', 'the certificate of the server comes from an authority that is not trusted']
  return certificateCodes.test(code) ? ['refused', 'no trusted connection to the server'] : undefined
}

/**
 * The problem of a failed connection or of an answer that is not HTTP. Refused certificates are fatal: asking again cannot help. Every error
 * of the HTTP client is a fault of the other side or of the way there. `proxy` is the address of the proxy on the way; its name and password
 * are not shown.
 */
export function connectionProblem(
  uri: string,
  object: string,
  thrown: unknown,
  proxy?: string,
): RepositoryProblem {
  const code = connectionCode(thrown)
  const fault = certificateFault(code)
  const words = fault?.[1] ?? connectionWords.get(code)
  const way = proxy === undefined ? '' : `, through the proxy ${new URL(proxy).host}`
  const reason = `${object}: ${words ?? 'the transfer failed'} (${code})${way}`
  const problem = { code: 'ips::repository_error::unreachable', uri, reason, status: undefined } as const
  return fault === undefined ? problem : { ...problem, fatal: true, certificate: fault[0] }
}

/** The innermost error code, because undici wraps socket failures; for errors without a code, their name. */
function connectionCode(thrown: unknown): string {
  if (thrown instanceof Error && thrown.cause !== undefined) {
    const inner = errorCode(thrown.cause)
    if (inner !== undefined) return inner
  }
  return errorCode(thrown) ?? (thrown instanceof Error ? thrown.name : String(thrown))
}
