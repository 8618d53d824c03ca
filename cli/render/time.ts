const two = (number: number): string => String(number).padStart(2, '0')
const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** `2026-11-22T20:30:00` in local time; `time` in milliseconds since 1970-01-01 UTC. */
export function isoLocal(time: number): string {
  const date = new Date(time)
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}T${clock(date)}`
}

/** The language tag of the locale for dates; undefined: the C locale, or one that this program does not know. */
function languageOf(env: Readonly<Record<string, string | undefined>>): string | undefined {
  const locale = [env.LC_ALL, env.LC_TIME, env.LANG].find((one) => (one ?? '') !== '') ?? ''
  const name = locale.replace(/[.@].*$/, '')
  if (name === '' || name === 'C' || name === 'POSIX') return undefined
  try {
    return Intl.DateTimeFormat.supportedLocalesOf(name.replace('_', '-'))[0]
  } catch {
    return undefined
  }
}

/** Local time in the form of the locale; in the C locale `Thu Jan  1 13:00:00 2026`. */
export function dateText(time: number, env: Readonly<Record<string, string | undefined>>): string {
  const date = new Date(time)
  const language = languageOf(env)
  if (language !== undefined)
    return new Intl.DateTimeFormat(language, {
      weekday: 'short',
      day: 'numeric',
      month: 'short',
      year: 'numeric',
      hour: 'numeric',
      minute: '2-digit',
      second: '2-digit',
    }).format(date)
  const day = String(date.getDate()).padStart(2)
  return `${days[date.getDay()]} ${months[date.getMonth()]} ${day} ${clock(date)} ${date.getFullYear()}`
}

/** `22 Nov 2026 20:30:00 UTC` in local time. */
export function dayText(time: number): string {
  const date = new Date(time)
  const zone = new Intl.DateTimeFormat('en-US', { timeZoneName: 'short' })
    .formatToParts(date)
    .find(({ type }) => type === 'timeZoneName')?.value
  return `${two(date.getDate())} ${months[date.getMonth()]} ${date.getFullYear()} ${clock(date)} ${zone ?? ''}`
}

/** `H:MM:SS`. */
export function durationText(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000)
  return `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`
}

/** Milliseconds since 1970-01-01 UTC of a local `YYYY-MM-DDTHH:MM:SS`; undefined for another text. */
export function parseIsoLocal(text: string): number | undefined {
  const match = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)$/.exec(text)
  if (match === null) return undefined
  const [year, month, day, hour, minute, second] = match.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  const date = new Date(year, month - 1, day, hour, minute, second)
  return date.getMonth() === month - 1 && date.getDate() === day && hour < 24 ? date.getTime() : undefined
}

function clock(date: Date): string {
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
}
