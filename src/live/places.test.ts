import { expect, it } from 'vitest'
import { REGIONS, regionOf } from '../config/regions.ts'
import { channelOf, placeOf, shardOf } from './places.ts'

const CASES: [string, string, string | undefined, string][] = [
  ['EU', 'DE', '8.7', 'weur'],
  ['EU', 'GB', '-0.1', 'weur'],
  ['EU', 'ES', undefined, 'weur'],
  ['EU', 'PL', undefined, 'eeur'],
  ['EU', 'RO', undefined, 'eeur'],
  ['EU', 'UA', undefined, 'eeur'],
  ['EU', 'RU', '131.9', 'eeur'],
  ['AS', 'TR', undefined, 'eeur'],
  ['AS', 'GE', undefined, 'eeur'],
  ['AS', 'KZ', undefined, 'eeur'],
  ['AS', 'AE', undefined, 'me'],
  ['AS', 'SA', undefined, 'me'],
  ['AS', 'IL', undefined, 'me'],
  ['AF', 'EG', undefined, 'me'],
  ['AS', 'IN', undefined, 'apac'],
  ['AS', 'JP', undefined, 'apac'],
  ['AS', 'SG', undefined, 'apac'],
  ['AF', 'ZA', undefined, 'afr'],
  ['AF', 'NG', undefined, 'afr'],
  ['OC', 'AU', undefined, 'oc'],
  ['OC', 'NZ', undefined, 'oc'],
  ['OC', 'FJ', undefined, 'oc'],
  ['OC', 'GU', undefined, 'apac'],
  ['AN', 'AQ', undefined, 'oc'],
  ['SA', 'BR', undefined, 'sam'],
  ['SA', 'CO', undefined, 'sam'],
  ['NA', 'CR', undefined, 'enam'],
  ['NA', 'CU', undefined, 'enam'],
  ['NA', 'GL', undefined, 'weur'],
  ['NA', 'US', '-74.0', 'enam'],
  ['NA', 'US', '-122.4', 'wnam'],
  ['NA', 'US', '-157.8', 'wnam'],
  ['NA', 'US', undefined, 'enam'],
  ['NA', 'CA', '-123.1', 'wnam'],
  ['NA', 'CA', '-79.4', 'enam'],
  ['NA', 'MX', '-116.9', 'wnam'],
  ['NA', 'MX', '-99.1', 'enam'],
]

it.each(CASES)('assigns a client in %s %s (longitude %s) to the region %s', (continent, country, longitude, region) => {
  expect(regionOf({ continent, country, longitude })).toBe(region)
})

it('returns a region for every continent, and for requests without a known location', () => {
  for (const continent of ['AF', 'AN', 'AS', 'EU', 'NA', 'OC', 'SA', 'T1', '', undefined]) {
    expect(REGIONS).toContain(regionOf({ continent }))
    expect(REGIONS).toContain(regionOf({ continent, country: 'T1', longitude: 'far out' }))
  }
})

it('returns a region for any data from Cloudflare, even if it is invalid', () => {
  const config = { HUB_MODE: 'regional', REGION: undefined } as const
  expect(placeOf(config, { continent: 'EU', country: 'FR', colo: 'CDG', asn: 1 })).toBe('weur')
  for (const cf of [undefined, null, 'x', 7, { continent: 7, country: null }])
    expect(REGIONS).toContain(placeOf(config, cf))
})

it('uses one hub for everybody, or a fixed region, as configured', () => {
  const paris = { continent: 'EU', country: 'FR' }
  expect(placeOf({ HUB_MODE: 'single', REGION: 'oc' }, paris)).toBe('global')
  expect(placeOf({ HUB_MODE: 'regional', REGION: 'oc' }, paris)).toBe('oc')
})

it('distributes projects evenly over the shards, and always in the same way', () => {
  const ids = Array.from({ length: 4_000 }, () => crypto.randomUUID())
  const shards = Map.groupBy(ids, (id) => shardOf(id, 4))
  expect(shards.size).toBe(4)
  for (const [, members] of shards) expect(members.length).toBeGreaterThan(850)
  expect(ids.every((id) => shardOf(id, 1) === 0)).toBe(true)
  expect(shardOf('0192f3c4-0000-7000-8000-000000000001', 8)).toBe(shardOf('0192f3c4-0000-7000-8000-000000000001', 8))
  expect([channelOf(0, 1), channelOf(0, 2), channelOf(1, 2)]).toEqual([
    'kanban_updates',
    'kanban_updates:0',
    'kanban_updates:1',
  ])
})
