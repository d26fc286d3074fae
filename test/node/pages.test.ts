import { afterAll, expect, it } from 'vitest'
import { selectActivity } from '../../src/features/board/queries.ts'
import { selectLines } from '../../src/features/import-export/queries.ts'
import { selectNotifications } from '../../src/features/notifications/queries.ts'
import { createProject } from '../../src/features/projects/service.ts'
import { createTask, updateTask } from '../../src/features/tasks/service.ts'
import { readStream } from '../../src/live/inbox-replay.ts'
import { selectEvents } from '../../src/live/replay.ts'
import { newWriter, queryRows, sql } from '../support/node.ts'

/** The bytes of a page are bounded where it is read: a bound on the answer would not spare the database. */

afterAll(() => sql.end())

const MIB = 1024 * 1024
/** Bytes by which a page may exceed its bound: one more row, and the JSON around the texts. */
const ONE_MORE = 400_000

/** How often a description of LONG characters is edited. Each journal row holds it three times. */
const EDITS = 30
const LONG = 100_000

async function heavyHistory() {
  const ctx = await newWriter()
  const { row: project } = await createProject(ctx, { name: 'Heavy' })
  const { row: task } = await createTask(ctx, { project_id: project.id, title: 'Long' })
  for (let n = 0; n < EDITS; n++)
    await updateTask(ctx, task.id, { description: String.fromCharCode(97 + (n % 26)).repeat(LONG) })
  return { ctx, project_id: project.id, head: task.seq + EDITS }
}

type Plan = { 'Relation Name'?: string; 'Actual Rows': number; 'Actual Loops': number; Plans?: Plan[] }

/** How many journal rows a statement reads. Runs it. */
async function journalRowsRead(query: { toSQL(): { sql: string; params: unknown[] } } | object): Promise<number> {
  const built = 'toSQL' in query ? query.toSQL() : (query as any).getQuery()
  const [explained] = await queryRows(`explain (analyze, format json) ${built.sql}`, built.params)
  const read = ({ Plans = [], ...node }: Plan): number =>
    (node['Relation Name'] === 'activity_logs' ? node['Actual Rows'] * node['Actual Loops'] : 0) +
    Plans.reduce((sum, plan) => sum + read(plan), 0)
  return read(explained['QUERY PLAN'][0].Plan)
}

it('reads only as many rows of a journal of long texts as a page shows', async () => {
  const { ctx, project_id, head } = await heavyHistory()
  const { primary, readOnly } = ctx.db
  const pages = {
    replay: selectEvents(primary, project_id, 6),
    export: selectLines(readOnly, project_id, 6),
    activity: selectActivity(readOnly, { project_id, limit: 100 }, MIB),
  }
  for (const [name, query] of Object.entries(pages)) {
    const read = await journalRowsRead(query)
    expect({ name, read, few: read > 1 && read * LONG * 2 < MIB + 2 * ONE_MORE }).toMatchObject({ name, few: true })
  }
  const shown: number[] = []
  while (shown.at(-1) !== head) {
    const page = await selectEvents(primary, project_id, shown.at(-1) ?? 0)
    expect(JSON.stringify(page).length).toBeLessThan(MIB + ONE_MORE)
    shown.push(...page.map(({ seq }) => seq))
  }
  expect(shown).toEqual(Array.from({ length: head }, (_, n) => n + 1))
})

it('ends a page of notifications early when their titles are long, and loses none of them', async () => {
  const { ctx, project_id } = await heavyHistory()
  const { user_id } = ctx.actor
  const { db } = ctx
  const count = 600
  await sql.query(
    `insert into notifications (id, user_id, kind, project_id, data, dedupe_key)
     select uuid_v7(), $1, 'assigned', $2, jsonb_build_object('title', repeat('💡', 5000)), n::text from generate_series(1, $3::int) n`,
    [user_id, project_id, count],
  )
  const sizes: number[] = []
  const listed: string[] = []
  for (let before: string | undefined, more = true; more; before = listed.at(-1)) {
    const page = await selectNotifications(db.readOnly, { user_id, before, limit: 100 })
    sizes.push(JSON.stringify(page).length * 2) // bytes, since each 💡 has 4 bytes and 2 UTF-16 code units
    listed.push(...page.slice(0, 100).map(({ id }) => id))
    more = (page[0]?.found ?? 0) > Math.min(page.length, 100)
  }
  const streamed: string[] = []
  for (let since = 0, more = true; more; ) {
    const page = await readStream(db, user_id, since)
    sizes.push(JSON.stringify(page.rows).length * 2)
    streamed.push(...page.rows.map(({ id }) => id))
    since = page.reached
    more = page.more
  }
  expect(Math.max(...sizes)).toBeLessThan(MIB + ONE_MORE)
  expect(new Set(listed).size).toBe(count)
  expect(new Set(streamed).size).toBe(count)
  expect([listed.length, streamed.length]).toEqual([count, count])
})
