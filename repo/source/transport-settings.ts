import { BlockList, isIP } from 'node:net'
import type { SizeLimits } from '../limits.ts'
import { defaultSizeLimits } from '../limits.ts'

/** Settings of the connections to repositories. All times in milliseconds; 0 means no limit where noted. Source: transport §3, §4, §8, §9. */
export interface TransportSettings {
  /** Until a connection stands; 0 = for ever. */
  readonly connectTimeout: number
  /** A transfer slower than `lowSpeedLimit` for this long is given up, also while no answer begins; 0 = never. */
  readonly lowSpeedTimeout: number
  /** Bytes a second. */
  readonly lowSpeedLimit: number
  /** Limit for an answer of unknown size. An answer of known size gets the additional time that it needs at the lowest speed. */
  readonly transferTimeout: number
  /** Successive failures of one source in a batch after which the rest of the batch does without it; at least 1. */
  readonly maximumConsecutiveErrors: number
  readonly maximumRedirects: number
  /** Times each source is asked for one object; 0 = endless. */
  readonly rounds: number
  /** Transfers at a time, per source and per batch. */
  readonly concurrency: number
  readonly userAgent: string
  /**
   * Gives PEM texts that replace the trust anchors of the run time; undefined keeps those. It is called at the first https address, which may be that of a
   * redirect. Verification cannot be switched off.
   */
  readonly certificateAuthorities: (() => readonly string[]) | undefined
  /** PEM texts of the client certificate and its key, for https. */
  readonly clientCertificate: { readonly certificate: string; readonly key: string } | undefined
  /** Address (`http://host:port`) of the proxy for a repository, or undefined for none. See `proxyFromEnvironment`. */
  readonly proxyFor: (uri: string) => string | undefined
  readonly sizes: SizeLimits
}

/** Defaults of IPS clients; no proxy. */
export const defaultTransportSettings: TransportSettings = {
  connectTimeout: 60_000,
  lowSpeedTimeout: 30_000,
  lowSpeedLimit: 1024,
  transferTimeout: 3_600_000,
  maximumConsecutiveErrors: 4,
  maximumRedirects: 5,
  rounds: 4,
  concurrency: 20,
  userAgent: 'pkg6',
  certificateAuthorities: undefined,
  clientCertificate: undefined,
  proxyFor: () => undefined,
  sizes: defaultSizeLimits,
}

/** Environment variables by name; the caller reads them. */
export type Environment = Readonly<Record<string, string | undefined>>

/** Settings from `PKG_CLIENT_*` and the proxy variables; a value that is not an integer counts as absent. Source: transport §4. */
export function transportSettingsFromEnvironment(environment: Environment): TransportSettings {
  const read = (name: string, fallback: number) => {
    const text = environment[name]?.trim()
    return text !== undefined && /^[0-9]{1,9}$/.test(text) ? Number(text) : fallback
  }
  const defaults = defaultTransportSettings
  return {
    ...defaults,
    connectTimeout: read('PKG_CLIENT_CONNECT_TIMEOUT', defaults.connectTimeout / 1000) * 1000,
    lowSpeedTimeout: read('PKG_CLIENT_LOWSPEED_TIMEOUT', defaults.lowSpeedTimeout / 1000) * 1000,
    // 0 gives up at the first error, as the reference does whatever its manual says.
    maximumConsecutiveErrors: Math.max(
      1,
      read('PKG_CLIENT_MAX_CONSECUTIVE_ERROR', defaults.maximumConsecutiveErrors),
    ),
    maximumRedirects: read('PKG_CLIENT_MAX_REDIRECT', defaults.maximumRedirects),
    rounds: read('PKG_CLIENT_MAX_TIMEOUT', defaults.rounds),
    proxyFor: (uri) => proxyFromEnvironment(uri, environment),
  }
}

/**
 * Proxy for a repository as the environment has it: `http_proxy` also for https, then `https_proxy`, `HTTPS_PROXY`,
 * `all_proxy`, `ALL_PROXY`; none for hosts that `no_proxy` names, for this machine and for values that are
 * no `http://` address. Source: transport §9.
 */
export function proxyFromEnvironment(uri: string, environment: Environment): string | undefined {
  if (!URL.canParse(uri)) return undefined
  const url = new URL(uri)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return undefined
  if (isExcepted(url, `localhost,127.0.0.0/8,::1,${environment.no_proxy || environment.NO_PROXY || ''}`))
    return undefined
  const names =
    url.protocol === 'https:'
      ? ['http_proxy', 'https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY']
      : ['http_proxy', 'all_proxy', 'ALL_PROXY']
  for (const name of names) {
    const value = environment[name]
    if (value === undefined || value === '') continue
    const address = value.includes('://') ? value : `http://${value}`
    return URL.canParse(address) && address.startsWith('http://') ? address : undefined
  }
  return undefined
}

/**
 * Whether a list of hosts, separated by commas or blanks, names the host of an address, as curl has it: `*`; a domain and all below it, with or
 * without a dot before it; an IP address, or a block of them (`10.0.0.0/8`). A port restricts the exception to itself. Case does not matter.
 */
function isExcepted(url: URL, list: string): boolean {
  const host = bareHost(url.hostname)
  const port = url.port || (url.protocol === 'https:' ? '443' : '80')
  return list.split(/[\s,]+/).some((entry) => {
    if (entry === '*') return true
    const [, bracketed, rest = ''] = /^(\[[^\]]*\])?(.*)$/.exec(entry) ?? []
    const lone = bracketed === undefined && isIP(rest.replace(/\/.*$/, '')) === 6
    const [, name = '', wanted] = lone ? ['', rest] : (/^([^:]*)(?::(\d+))?$/.exec(rest) ?? [])
    if (wanted !== undefined && wanted !== port) return false
    return namesHost(bareHost(`${bracketed ?? ''}${name}`), host)
  })
}

/** In lower case, without the brackets of IPv6, and without the dot that may end a name or begin a domain. */
function bareHost(name: string): string {
  return name
    .toLowerCase()
    .replace(/^\[|\]/g, '')
    .replace(/^\*?\.|\.$/g, '')
}

function namesHost(entry: string, host: string): boolean {
  if (entry === '') return false
  const family = isIP(host)
  if (family === 0) return host === entry || host.endsWith(`.${entry}`)
  const [address = '', bits] = entry.split('/')
  if (isIP(address) !== family) return false
  const most = family === 4 ? 32 : 128
  const length = bits === undefined ? most : Number(bits)
  if (!/^\d{0,3}$/.test(bits ?? '') || length > most) return false
  const block = new BlockList()
  block.addSubnet(address, length, family === 4 ? 'ipv4' : 'ipv6')
  return block.check(host, family === 4 ? 'ipv4' : 'ipv6')
}
