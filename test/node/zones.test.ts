import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { meaningOfZone, type Reading, zoneReadings } from '../../local/zone-readings.ts'
import { sql } from '../support/node.ts'

/** Every time zone that FlowTrack accepts means in Postgres, all year long, what it means to everybody else. */

const ask = async (text: string, params: unknown[] = []) => (await sql.query(text, params)).rows
const differ = (readings: Reading[]) => readings.filter(({ flowtrack, intl }) => flowtrack !== intl)

it('reads each name as Intl does, hour by hour over a year, or as the newest that this Postgres knows of that zone', async () => {
  const readings = await zoneReadings(ask)
  expect(readings.length).toBeGreaterThan(400)
  // Releases of the time zone database differ from one program to another, in a few places that changed their laws.
  const older = differ(readings)
  expect(older.length).toBeLessThan(20)
  for (const { name, zone, flowtrack } of older)
    expect([name, flowtrack]).toEqual([name, await meaningOfZone(ask, zone)])
  const moved = readings.filter(({ name, zone }) => name !== zone)
  for (const { name, zone, flowtrack } of moved)
    expect([name, flowtrack]).toEqual([name, await meaningOfZone(ask, zone)])
  expect(moved.map(({ name }) => name)).toEqual(expect.arrayContaining(['CET', 'EET', 'MET', 'WET']))
  // Whoever is read otherwise by `at time zone` is in the table of the page.
  const page = readFileSync('docs/time-zones.md', 'utf8')
  for (const { name, zone } of readings.filter(({ plain, flowtrack }) => plain !== flowtrack))
    expect(page).toContain(`| \`${name}\` | \`${zone}\` |`)
}, 120_000)
