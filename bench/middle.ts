import { median } from 'd3-array'

/** The median; NaN of nothing. */
export const middle = (list: Iterable<number>): number => median(list) ?? Number.NaN
