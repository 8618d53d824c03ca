/** Value of an option that takes a whole number from `least`. Throws what `parseArgs` throws of a bad value, which `run.mjs` tells of. */
export function wholeNumber(name: string, value: string, least = 0): number {
  const number = value.trim() === '' ? Number.NaN : Number(value)
  if (Number.isSafeInteger(number) && number >= least) return number
  const error = new RangeError(`${name} takes a whole number from ${least}, not '${value}'`)
  throw Object.assign(error, { code: 'ERR_PARSE_ARGS_INVALID_OPTION_VALUE' })
}
