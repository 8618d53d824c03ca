/**
 * Order of two texts by Unicode code points: negative, 0 or positive. Differs from the order of JavaScript's `<` only
 * where characters beyond U+FFFF meet those from U+E000 on.
 */
export function compareCodePoints(a: string, b: string): number {
  if (a === b) return 0
  const length = Math.min(a.length, b.length)
  for (let index = 0; index < length; index++) {
    const left = a.charCodeAt(index)
    const right = b.charCodeAt(index)
    if (left !== right) return codePointWeight(left) - codePointWeight(right)
  }
  return a.length - b.length
}

/** Surrogates stand for code points above all other code units. */
function codePointWeight(codeUnit: number): number {
  return codeUnit >= 0xd800 && codeUnit <= 0xdfff ? codeUnit + 0x10000 : codeUnit
}
