const DECIMAL = /^(-?)(\d*)(?:\.(\d*))?$/

/** The sign, the whole digits without leading zeros, and the fraction without trailing zeros. */
function partsOf(decimal: string): [sign: string, whole: string, fraction: string] {
  const [, sign = '', whole = '', fraction = ''] = DECIMAL.exec(decimal) ?? []
  const first = [...whole].findIndex((digit) => digit !== '0')
  const last = [...fraction].findLastIndex((digit) => digit !== '0')
  return [sign, first < 0 ? '' : whole.slice(first), fraction.slice(0, last + 1)]
}

/**
 * Compares two decimals as Postgres `numeric` does, digit by digit: a position may have 40 digits
 * and more, and a JavaScript number holds 15. Negative when `a` comes first.
 */
export function comparePositions(a: string, b: string): number {
  const [signA, wholeA, fractionA] = partsOf(a)
  const [signB, wholeB, fractionB] = partsOf(b)
  if (wholeA + fractionA === '' && wholeB + fractionB === '') return 0 // -0 is 0
  if (signA !== signB) return signA ? -1 : 1
  const larger = wholeA.length - wholeB.length || order(wholeA, wholeB) || order(fractionA, fractionB)
  return signA ? 0 - larger : larger // not -0
}

const order = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)
