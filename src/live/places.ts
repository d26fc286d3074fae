import type { Config } from '../config/config.ts'
import { Origin, REGIONS, type Region, regionOf } from '../config/regions.ts'
import { hashOf } from '../lib/hash.ts'

/** The one hub of `HUB_MODE=single` lives where it was first asked for, and needs no relay. */
export const GLOBAL = 'global'
export const PLACES = [...REGIONS, GLOBAL] as const
export type Place = (typeof PLACES)[number]

/**
 * Where the hub for a request is: `global` if HUB_MODE is `single`; else in the region that the setting REGION names,
 * or in the one of the request's `cf` properties.
 */
export function placeOf({ HUB_MODE, REGION }: Pick<Config, 'HUB_MODE' | 'REGION'>, cf?: unknown): Place {
  return HUB_MODE === 'single' ? GLOBAL : (REGION ?? regionOf(Origin.parse(cf)))
}

/** The Durable Object name of a project's hub. Every hub's name is made here. */
export const hubName = (project_id: string, place: Place) => `${project_id}@${place}`

/** The Durable Object name of the relay that listens for a region's share of the projects. */
export const relayName = (region: Region, shard: number) => `${region}:${shard}`
/** Which of `shards` relays and channels serves a project: the same one in every region. */
export const shardOf = (project_id: string, shards: number) => hashOf(project_id) % shards

/** The Redis channel of a shard. */
export const channelOf = (shard: number, shards: number) =>
  shards === 1 ? 'kanban_updates' : `kanban_updates:${shard}`

/** Options of `getByName` that create an object in its region. Later calls find it wherever it is. */
export const locationOf = (place: Place) => (place === GLOBAL ? {} : { locationHint: place })
