import * as z from 'zod'
import type { Config } from '../env.ts'

/** Where a Durable Object may live: https://developers.cloudflare.com/durable-objects/reference/data-location/ */
export const REGIONS = ['wnam', 'enam', 'sam', 'weur', 'eeur', 'apac', 'oc', 'afr', 'me'] as const
export type Region = (typeof REGIONS)[number]

/** The one hub of `HUB_MODE=single` lives where it was first asked for, and needs no relay. */
export const GLOBAL = 'global'
export const PLACES = [...REGIONS, GLOBAL] as const
export type Place = (typeof PLACES)[number]

const known = z.string().optional().catch(undefined)
/** What `request.cf` says of a request's origin; all of it may be missing. */
const Origin = z.object({ continent: known, country: known, longitude: known }).catch({})
export type Origin = z.infer<typeof Origin>

/** For requests from nowhere (Tor, Antarctica's satellites, a cron job): where most networks meet. */
const ANYWHERE: Region = 'enam'

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

/** They reach from coast to coast, so only the longitude tells. Without it they count as eastern. */
const WIDE = new Set(['CA', 'MX', 'US'])
/** Degrees; the Rockies lie west of it, Texas and Mexico City east. */
const WEST_OF = -102

/** The location hint that is nearest to a request. Pure, and defined for every input. */
export function regionOf({ continent = '', country = '', longitude }: Origin): Region {
  if (WIDE.has(country)) return Number(longitude ?? 0) < WEST_OF ? 'wnam' : 'enam'
  return BY_COUNTRY.get(country) ?? BY_CONTINENT[continent] ?? ANYWHERE
}

/** Where the hub of a request with these `cf` properties is: in its region, unless the deployment has one hub for everybody. */
export function placeOf({ HUB_MODE, REGION }: Pick<Config, 'HUB_MODE' | 'REGION'>, cf?: unknown): Place {
  return HUB_MODE === 'single' ? GLOBAL : (REGION ?? regionOf(Origin.parse(cf)))
}

/** The Durable Object name of a project's hub. Every hub's name is made here. */
export const hubName = (project_id: string, place: Place) => `${project_id}@${place}`

/** The Durable Object name of the relay that listens for a region's share of the projects. */
export const relayName = (region: Region, shard: number) => `${region}:${shard}`

/** Which of `shards` relays and channels serves a project: the same one in every region (FNV-1a). */
export function shardOf(project_id: string, shards: number): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < project_id.length; i++) hash = Math.imul(hash ^ project_id.charCodeAt(i), 0x01000193)
  return (hash >>> 0) % shards
}

/** The Redis channel of a shard. */
export const channelOf = (shard: number, shards: number) =>
  shards === 1 ? 'kanban_updates' : `kanban_updates:${shard}`

/** How a stub is asked for, so that the object is made near its region; later calls find it anyway. */
export const near = (place: Place) => (place === GLOBAL ? {} : { locationHint: place })
