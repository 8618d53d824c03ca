const daysInMonth = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const
/** True for a `YYYYMMDDTHHMMSSZ` that exists in the calendar. Source: fmri-and-version §2. */
export function isTimestamp(text: string): boolean {
  if (text.length !== 16 || text.charAt(8) !== 'T' || text.charAt(15) !== 'Z') return false
  // Catalogs have a hundred thousand of them: no pattern, no pieces of text.
  const year = numberIn(text, 0, 4)
  const month = numberIn(text, 4, 6)
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  const days = month === 2 && leap ? 29 : (daysInMonth[month - 1] ?? 0)
  const day = numberIn(text, 6, 8)
  if (!(year >= 1 && day >= 1 && day <= days)) return false
  return numberIn(text, 9, 11) <= 23 && numberIn(text, 11, 13) <= 59 && numberIn(text, 13, 15) <= 59
}

/** The number that digits are, or NaN. */
function numberIn(text: string, start: number, end: number): number {
  let number = 0
  for (let at = start; at < end; at++) {
    const digit = text.charCodeAt(at) - 0x30
    if (digit < 0 || digit > 9) return Number.NaN
    number = number * 10 + digit
  }
  return number
}

/** Milliseconds since 1970-01-01 UTC of a `YYYYMMDDTHHMMSSZ`; undefined when there is no such time. */
export function parseTimestamp(text: string | undefined): number | undefined {
  if (text === undefined || !isTimestamp(text)) return undefined
  const year = numberIn(text, 0, 4)
  const date = Date.UTC(2000 + (year % 400), numberIn(text, 4, 6) - 1, numberIn(text, 6, 8))
  const time = 3600 * numberIn(text, 9, 11) + 60 * numberIn(text, 11, 13) + numberIn(text, 13, 15)
  return date + (Math.floor(year / 400) - 5) * fourCenturies + 1000 * time
}

/** The calendar repeats itself after as many milliseconds; `Date.UTC` takes the first hundred years for others. */
const fourCenturies = 146_097 * 86_400_000

/** The `YYYYMMDDTHHMMSSZ` of milliseconds since 1970-01-01 UTC; parts of a second are cut off. */
export function formatTimestamp(milliseconds: number): string {
  if (milliseconds < yearOneThousand || milliseconds >= yearTenThousand) {
    return new Date(milliseconds).toISOString().replace(/[-:]|\.\d+/g, '')
  }
  const seconds = Math.floor(milliseconds / 1000)
  const days = Math.floor(seconds / 86_400)
  const time = seconds - 86_400 * days
  const hours = Math.floor(time / 3600)
  const minutes = Math.floor(time / 60) - 60 * hours
  const clock = 1_000_000 + 10_000 * hours + 100 * minutes + (time % 60)
  return `${calendarDate(days)}T${String(clock).slice(1)}Z`
}

const yearOneThousand = -30_610_224_000_000
const yearTenThousand = 253_402_300_800_000

/**
 * YYYYMMDD as a number, of days since 1970-01-01. By hand, because a plan puts thousands of versions together and `Date` takes
 * five times as long. Source: Hinnant, "chrono-Compatible Low-Level Date Algorithms", civil_from_days.
 */
function calendarDate(days: number): number {
  const shifted = days + 719_468
  const era = Math.floor(shifted / 146_097)
  const dayOfEra = shifted - 146_097 * era
  const leapDays =
    Math.floor(dayOfEra / 1460) - Math.floor(dayOfEra / 36_524) + Math.floor(dayOfEra / 146_096)
  const yearOfEra = Math.floor((dayOfEra - leapDays) / 365)
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  /** Months from March on. */
  const part = Math.floor((5 * dayOfYear + 2) / 153)
  const day = dayOfYear - Math.floor((153 * part + 2) / 5) + 1
  const month = part < 10 ? part + 3 : part - 9
  return 10_000 * (yearOfEra + 400 * era + (month <= 2 ? 1 : 0)) + 100 * month + day
}
