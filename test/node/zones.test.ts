import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { meaningOfZone, type Reading, readZoneNames } from '../../local/zone-readings.ts'
import { sql } from '../support/node.ts'

/**
 * FlowTrack reads each name as the time zone that Intl means by it. Offsets may differ only where this Postgres has an
 * older time zone database.
 */

const ask = async (text: string, params: unknown[] = []) => (await sql.query(text, params)).rows
const differencesIn = (readings: Reading[]) => readings.filter(({ flowtrack, intl }) => flowtrack !== intl)

it('reads each time zone name as Intl does, except where Postgres has older time zone data', async () => {
  const readings = await readZoneNames(ask)
  expect(readings.length).toBeGreaterThan(400)
  // Programs have different releases of the time zone database, so a few zones differ whose laws have changed.
  const older = differencesIn(readings)
  expect(older.length).toBeLessThan(20)
  for (const { name, zone, flowtrack } of older)
    expect([name, flowtrack]).toEqual([name, await meaningOfZone(ask, zone)])
  const moved = readings.filter(({ name, zone }) => name !== zone)
  for (const { name, zone, flowtrack } of moved)
    expect([name, flowtrack]).toEqual([name, await meaningOfZone(ask, zone)])
  expect(moved.map(({ name }) => name)).toEqual(expect.arrayContaining(['CET', 'EET', 'MET', 'WET']))
  // Each name that `at time zone` alone would read otherwise must be in the table of the page.
  const page = readFileSync('docs/time-zones.md', 'utf8')
  for (const { name, zone } of readings.filter(({ plain, flowtrack }) => plain !== flowtrack))
    expect(page).toContain(`| \`${name}\` | \`${zone}\` |`)
})
