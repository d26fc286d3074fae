/**
 * Replaces d3-interpolate, by `alias` in wrangler.toml: d3-scale needs it to go from a colour, a date or an object to
 * another, and the scales here are of numbers only.
 */
export const interpolateNumber = (from: number, to: number) => (share: number) => from * (1 - share) + to * share

export const interpolate = interpolateNumber

export const interpolateRound = (from: number, to: number) => (share: number) =>
  Math.round(from * (1 - share) + to * share)

/** Only scales of more than two values of their range call it. */
export function piecewise(): never {
  throw new Error('The scales of pictures have two ends')
}
