import { median } from 'd3-array'

/** The median; NaN for an empty list. */
export const medianOf = (list: Iterable<number>): number => median(list) ?? Number.NaN
