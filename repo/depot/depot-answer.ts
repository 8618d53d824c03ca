/** An answer of a depot; a file is sent as it is on disk. */
export interface DepotAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body:
    | { readonly kind: 'text'; readonly text: string }
    | { readonly kind: 'file'; readonly path: string; readonly size: number }
    | { readonly kind: 'none' }
}

/** Seconds that answers may be kept. Source: repository-v4 §5.1. */
export const keepSeconds = { brief: 300, listing: 14_400, content: 31_536_000 } as const

/** Caching headers; 0 = ask again each time. `now` in milliseconds since 1970-01-01 UTC. */
export function cacheHeaders(seconds: number, now: number): Readonly<Record<string, string>> {
  if (seconds === 0) return { 'cache-control': 'no-cache, no-transform, must-revalidate' }
  return {
    'cache-control': `must-revalidate, no-transform, max-age=${seconds}`,
    expires: new Date(now + seconds * 1000).toUTCString(),
  }
}

/** A text answer. */
export function textAnswer(text: string, type: string, seconds: number, now: number): DepotAnswer {
  return {
    status: 200,
    headers: { 'content-type': type, ...cacheHeaders(seconds, now) },
    body: { kind: 'text', text },
  }
}

const titles: ReadonlyMap<number, string> = new Map([
  [400, 'Bad Request'],
  [403, 'Forbidden'],
  [404, 'Not Found'],
  [405, 'Method Not Allowed'],
  [414, 'URI Too Long'],
  [500, 'Internal Server Error'],
])

/** An error page; clients look for the message in its paragraph. */
export function errorAnswer(status: number, message: string): DepotAnswer {
  const title = titles.get(status) ?? 'Error'
  const text =
    `<!DOCTYPE html>\n<html><head><title>${status} ${title}</title></head>\n` +
    `<body><h1>${title}</h1><p>${escaped(message)}</p></body></html>\n`
  return {
    status,
    headers: { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-cache' },
    body: { kind: 'text', text },
  }
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
