import { REGIONS } from '../src/config/regions.ts'

/** A Worker to run. Without `region` it has no REGION setting, and finds out its region itself. */
export interface Site {
  region?: string
  port: number
}

/**
 * Takes `--regions weur,enam` out of the arguments of `npm run dev`; `others` are wrangler's.
 * Throws when a region is unknown or named twice.
 */
export function takeRegions(argv: readonly string[]): { regions: string[]; others: string[] } {
  const others = [...argv]
  const at = others.findIndex((argument) => /^--regions(=|$)/.test(argument))
  if (at < 0) return { regions: [], others }
  const [first = ''] = others.splice(at, 1)
  const list = first.includes('=') ? first.slice(first.indexOf('=') + 1) : (others.splice(at, 1)[0] ?? '')
  const regions = list.split(',')
  const known: readonly string[] = REGIONS
  const wrong = regions.find((region, i) => !known.includes(region) || regions.indexOf(region) !== i)
  if (wrong !== undefined)
    throw new Error(
      `--regions takes a list without repeats of ${REGIONS.join(', ')}, as in --regions weur,enam; not "${wrong}".`,
    )
  return { regions, others }
}
