const DECIMAL = /^(-?)0*(\d*)\.?(\d*?)0*$/

/**
 * Compares two decimals as Postgres `numeric` does, digit by digit: a position may have 40 digits
 * and more, and a JavaScript number holds 15. Negative when `a` comes first.
 */
export function comparePositions(a: string, b: string): number {
  const [, signA = '', wholeA = '', fractionA = ''] = DECIMAL.exec(a) ?? []
  const [, signB = '', wholeB = '', fractionB = ''] = DECIMAL.exec(b) ?? []
  if (wholeA + fractionA === '' && wholeB + fractionB === '') return 0 // -0 is 0
  if (signA !== signB) return signA ? -1 : 1
  const larger = wholeA.length - wholeB.length || order(wholeA, wholeB) || order(fractionA, fractionB)
  return signA ? 0 - larger : larger // not -0
}

const order = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)
