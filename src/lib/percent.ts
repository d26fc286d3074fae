/**
 * `part` of `whole` in percent, rounded to `decimals` places; 100 only when `part` is all of it, 0 only when `part`
 * or `whole` is 0.
 */
export function percentOf(part: number, whole: number, decimals = 1): number {
  if (part <= 0 || whole <= 0) return 0
  if (part >= whole) return 100
  const step = 10 ** decimals
  const steps = Math.round((100 * step * part) / whole)
  return Math.min(100 * step - 1, Math.max(1, steps)) / step
}
