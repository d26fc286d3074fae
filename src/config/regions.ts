import * as z from 'zod'

/**
 * The places where a Durable Object may live:
 * https://developers.cloudflare.com/durable-objects/reference/data-location/
 */
export const REGIONS = ['wnam', 'enam', 'sam', 'weur', 'eeur', 'apac', 'oc', 'afr', 'me'] as const

export type Region = (typeof REGIONS)[number]

const optionalText = z.string().optional().catch(undefined)

/** What `request.cf` says of a request's origin; all of it may be missing. */
export const Origin = z.object({ continent: optionalText, country: optionalText, longitude: optionalText }).catch({})

export type Origin = z.infer<typeof Origin>

/** For requests of unknown origin (Tor, a cron job): the region where most networks meet. */
const DEFAULT_REGION: Region = 'enam'

const BY_CONTINENT: Record<string, Region> = {
  AF: 'afr',
  AN: 'oc',
  AS: 'apac',
  EU: 'weur',
  NA: 'enam',
  OC: 'oc',
  SA: 'sam',
}

/** Countries (ISO 3166-1) whose nearest data centres are not those of their continent. */
const EXCEPTIONS: [Region, string][] = [
  ['eeur', 'AL BA BG BY EE FI GR HR HU LT LV MD ME MK PL RO RS RU SI SK UA XK'], // of Europe
  ['eeur', 'AM AZ CY GE KG KZ TJ TM TR UZ'], // of Asia, but their networks lead to Europe
  ['me', 'AE AF BH EG IL IQ IR JO KW LB OM PS QA SA SY YE'], // Egypt is the only one of Africa
  ['apac', 'FM GU MH MP PW'], // of Oceania, wired to Japan and the Philippines
  ['weur', 'GL'], // of North America, wired to Iceland and Denmark
]

const BY_COUNTRY = new Map(
  EXCEPTIONS.flatMap(([region, countries]) =>
    countries.split(' ').map((country): [string, Region] => [country, region]),
  ),
)

/** Countries from coast to coast: the longitude decides, and without it they count as eastern. */
const WIDE = new Set(['CA', 'MX', 'US'])

/** In degrees: the Rockies lie west of it, Texas and Mexico City east of it. */
const WEST_OF = -102

/** The location hint that is nearest to a request. Pure, and defined for every input. */
export function regionOf({ continent = '', country = '', longitude }: Origin): Region {
  if (WIDE.has(country)) return Number(longitude ?? 0) < WEST_OF ? 'wnam' : 'enam'
  return BY_COUNTRY.get(country) ?? BY_CONTINENT[continent] ?? DEFAULT_REGION
}
