const daysInMonth = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const
/** True for a `YYYYMMDDTHHMMSSZ` that exists in the calendar. Source: fmri-and-version §2. */
export function isTimestamp(text: string): boolean {
  if (text.length !== 16 || text.charAt(8) !== 'T' || text.charAt(15) !== 'Z') return false
  // Catalogs have a hundred thousand of them: no pattern, no pieces of text.
  const part = (start: number, end: number): number => {
    let number = 0
    for (let at = start; at < end; at++) {
      const digit = text.charCodeAt(at) - 0x30
      if (digit < 0 || digit > 9) return Number.NaN
      number = number * 10 + digit
    }
    return number
  }
  const year = part(0, 4)
  const month = part(4, 6)
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  const days = month === 2 && leap ? 29 : (daysInMonth[month - 1] ?? 0)
  const day = part(6, 8)
  if (!(year >= 1 && day >= 1 && day <= days)) return false
  return part(9, 11) <= 23 && part(11, 13) <= 59 && part(13, 15) <= 59
}

/** Milliseconds since 1970-01-01 UTC of a `YYYYMMDDTHHMMSSZ`; undefined when there is no such time. */
export function parseTimestamp(text: string | undefined): number | undefined {
  if (text === undefined || !isTimestamp(text)) return undefined
  const date = `${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6, 8)}`
  return Date.parse(`${date}T${text.slice(9, 11)}:${text.slice(11, 13)}:${text.slice(13, 16)}`)
}

/** The `YYYYMMDDTHHMMSSZ` of milliseconds since 1970-01-01 UTC; parts of a second are cut off. */
export function formatTimestamp(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/[-:]|\.\d+/g, '')
}
