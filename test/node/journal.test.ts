import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import { afterAll, expect, inject, it } from 'vitest'
import { updateColumn } from '../../src/features/columns/service.ts'
import { addMember } from '../../src/features/members/service.ts'
import { createProject } from '../../src/features/projects/service.ts'
import { createTask, deleteTask, moveTask, updateTask } from '../../src/features/tasks/service.ts'
import { AppError } from '../../src/lib/errors.ts'
import { journalOf, readRows, replayJournal } from '../faults/support/ledger.ts'
import { newDice, newWriter, queryRows, sql, type Writer } from '../support/node.ts'

/** Invariants I2 and I6, which the database keeps: many writers at once on one project, by the API's services. */

afterAll(() => sql.end())

async function newTeam(size: number): Promise<{ project: string; writers: Writer[] }> {
  const writers = await Promise.all(Array.from({ length: size }, newWriter))
  const [manager, ...others] = writers as [Writer, ...Writer[]]
  const { row } = await createProject(manager, { name: 'Hot project' })
  for (const { actor } of others) await addMember(manager, row.id, { user_id: actor.user_id, role: 'editor' })
  return { project: row.id, writers }
}

/** Runs `step` `count` times, `width` of them at a time. */
async function runMany(count: number, width: number, step: (n: number) => Promise<void>): Promise<void> {
  let next = 0
  const lane = async () => {
    for (let n = next++; n < count; n = next++) await step(n)
  }
  await Promise.all(Array.from({ length: width }, lane))
}

/**
 * Watches a growing journal: each time it must hold 1…n, and no less than before. The result stops it and gives all
 * counts.
 */
function watch(project: string) {
  const client = new pg.Client({ connectionString: inject('databaseUrl') })
  const looks: { count: number; max: number }[] = []
  let watching = true
  const loop = (async () => {
    await client.connect()
    while (watching) {
      const { rows } = await client.query(
        'select count(*)::int as count, coalesce(max(seq), 0)::int as max from activity_logs where project_id = $1',
        [project],
      )
      looks.push(rows[0])
      await wait(20) // so that the looks do not slow down the writes
    }
    await client.end()
  })()
  return async () => {
    watching = false
    await loop
    return looks
  }
}

const REFUSALS = ['not_found']

it('keeps the journal without gaps and the ranks unique under 2,000 concurrent writes by four people', {
  timeout: 300_000,
}, async () => {
  const { project, writers } = await newTeam(4)
  const { chance, pick } = newDice(20261123)
  const known: string[] = []
  const refused: string[] = []
  const columns = ['todo', 'in_progress', 'review', 'done']
  const stop = watch(project)

  await runMany(2_000, 16, async (n) => {
    const ctx = writers[n % 4] as Writer
    const [id, roll] = [pick(known), chance()]
    try {
      if (id === undefined || roll < 0.35)
        known.push((await createTask(ctx, { project_id: project, title: `Task ${n}`, status: pick(columns) })).row.id)
      else if (roll < 0.75)
        await moveTask(ctx, id, {
          status: pick(columns),
          before: pick(known.filter((other) => other !== id)),
          after: pick(known.filter((other) => other !== id)),
        })
      else if (roll < 0.92) await updateTask(ctx, id, { title: `Edited ${n}`, description: 'x'.repeat(n % 50) })
      else await deleteTask(ctx, id)
    } catch (error) {
      if (!(error instanceof AppError && REFUSALS.includes(error.code))) throw error
      refused.push(error.code)
    }
  })

  const looks = await stop()
  expect(looks.filter(({ count, max }) => count !== max)).toEqual([])
  expect(looks.every(({ max }, i) => max >= (looks[i - 1]?.max ?? 0))).toBe(true)
  const seqs = (
    await queryRows('select seq::int from activity_logs where project_id = $1 order by seq', [project])
  ).map(({ seq }) => seq)
  expect(seqs).toEqual(seqs.map((_, i) => i + 1))
  expect(seqs.length).toBeGreaterThan(1_500) // some moves change nothing
  expect((await queryRows('select event_seq::int from projects where id = $1', [project]))[0].event_seq).toBe(
    seqs.length,
  )
  expect(
    await queryRows(
      'select status, position from tasks where project_id = $1 and deleted_at is null group by 1, 2 having count(*) > 1',
      [project],
    ),
  ).toEqual([])
  const [tables, journal] = [await readRows(sql, project), replayJournal(await journalOf(sql, project))]
  expect([...journal.keys()].sort()).toEqual([...tables.keys()].sort())
  for (const [id, row] of tables) expect(journal.get(id)).toEqual(row)
  expect(refused.length).toBeLessThan(400) // tasks deleted meanwhile; any other error has been thrown
  console.log(`${seqs.length} events, ${refused.length} refused, watched ${looks.length} times`)
})

it('announces each write with the events that its own transaction journalled', async () => {
  const { project, writers } = await newTeam(2)
  await runMany(
    40,
    8,
    async (n) => void (await createTask(writers[n % 2] as Writer, { project_id: project, title: `Task ${n}` })),
  )
  const announced = writers.flatMap(({ announced }) => announced).filter(({ project_id }) => project_id === project)
  const seqs = announced.flatMap(({ events }) => events.map(({ seq }) => seq)).sort((a, b) => a - b)
  expect(seqs).toEqual(Array.from({ length: 47 }, (_, i) => i + 1)) // 6 to begin, 1 member, 40 tasks
  expect(announced.every(({ head, events }) => head === events.at(-1)?.seq)).toBe(true)
})

/**
 * Adds `count` tasks to the first column, whose ranks are `gap` apart, without journal rows, as an import does. Returns
 * their ids in order.
 */
async function fillColumn(project: string, count: number, gap: number): Promise<string[]> {
  const rows = await queryRows(
    `with importing as materialized (select set_config('flowtrack.importing', 'on', true), set_actor(null))
     insert into tasks (id, project_id, number, title, status, position)
     select uuid_v7(), $1, 'FILL-' || n, 'Card', 'todo', n * $3::int from importing, generate_series(1, $2::int) n returning id`,
    [project, count, gap],
  )
  return rows.map(({ id }) => id)
}

it('renumbers at most 1,000 tasks of a large column when its ranks run out of digits, and keeps their order', async () => {
  const { project, writers } = await newTeam(1)
  const ctx = writers[0] as Writer
  const ids = await fillColumn(project, 1_500, 1024)
  const reordered = () =>
    queryRows(
      "select data -> 'positions' as positions from activity_logs where project_id = $1 and action = 'column.reordered'",
      [project],
    )
  let [first = '', second = ''] = ids
  while ((await reordered()).length === 0) {
    await moveTask(ctx, second, { before: first })
    ;[first, second] = [second, first]
  }
  const [{ positions }] = await reordered()
  expect(Object.keys(positions).length).toBeLessThanOrEqual(1000)
  const order = await queryRows('select id, position from tasks where project_id = $1 order by position, id', [project])
  expect(order.map(({ id }) => id)).toEqual([first, second, ...ids.slice(2)])
  expect(new Set(order.map(({ position }) => position)).size).toBe(1_500)
})

it('writes ranks without trailing zeros when it renumbers tasks that are close together', async () => {
  const { project, writers } = await newTeam(1)
  const { user_id } = (writers[0] as Writer).actor
  await fillColumn(project, 1_100, 1)
  const client = await sql.connect()
  await client.query('begin')
  await client.query('select set_actor($1)', [user_id])
  await client.query("select renumber_column($1, 'todo', null, 0.5)", [project])
  await client.query('commit')
  client.release()
  const ranks = await queryRows('select position::text from tasks where project_id = $1 order by position', [project])
  expect(ranks.filter(({ position }) => /\.\d*0$/.test(position))).toEqual([])
  expect(ranks.filter(({ position }) => position.includes('.')).length).toBeGreaterThan(800)
})

it('keeps the order of tasks that are moved 500 times into the same gap, and renumbers them when needed', {
  timeout: 300_000,
}, async () => {
  const { project, writers } = await newTeam(1)
  const ctx = writers[0] as Writer
  const add = async (title: string) => (await createTask(ctx, { project_id: project, title })).row.id
  const [top, x, y, end] = [await add('top'), await add('x'), await add('y'), await add('end')]
  for (let n = 0; n < 500; n++) {
    const [mover, other] = n % 2 === 0 ? [y, x] : [x, y]
    await moveTask(ctx, mover, { after: top, before: other })
  }
  const order = await queryRows('select id, position::text from tasks where project_id = $1 order by position', [
    project,
  ])
  expect(order.map(({ id }) => id)).toEqual([top, x, y, end])
  expect(Math.max(...order.map(({ position }) => position.replace('.', '').length))).toBeLessThanOrEqual(40)
  const reordered = await queryRows(
    "select 1 from activity_logs where project_id = $1 and action = 'column.reordered'",
    [project],
  )
  expect(reordered.length).toBeGreaterThan(0)
  const moved = await queryRows("select 1 from activity_logs where project_id = $1 and action = 'task.moved'", [
    project,
  ])
  expect(moved).toHaveLength(500) // a move that renumbers is journalled as a move, too
  expect(replayJournal(await journalOf(sql, project))).toEqual(await readRows(sql, project))
})

it('never exceeds a hard WIP limit when 50 tasks are moved at once into a column that has room for 5', async () => {
  const { project, writers } = await newTeam(4)
  const manager = writers[0] as Writer
  await updateColumn(manager, { project_id: project, key: 'review' }, { wip_limit: 5, wip_mode: 'block' })
  const ids: string[] = []
  await runMany(
    50,
    16,
    async (n) => void ids.push((await createTask(manager, { project_id: project, title: `Task ${n}` })).row.id),
  )
  const outcomes = await Promise.all(
    ids.map((id, n) =>
      moveTask(writers[n % 4] as Writer, id, { status: 'review' }).then(
        () => 'moved',
        (error: AppError) => error.code,
      ),
    ),
  )
  expect(outcomes.filter((outcome) => outcome === 'moved')).toHaveLength(5)
  expect(outcomes.filter((outcome) => outcome === 'wip_limit_reached')).toHaveLength(45)
  expect(
    (await queryRows("select count(*)::int as n from tasks where project_id = $1 and status = 'review'", [project]))[0]
      .n,
  ).toBe(5)
})

it('journals the writes of a script, and refuses writes without an author or with a gap in the journal', async () => {
  const { project, writers } = await newTeam(1)
  const me = (writers[0] as Writer).actor.user_id
  const { row } = await createTask(writers[0] as Writer, { project_id: project, title: 'Task' })
  const client = await sql.connect()
  const attempt = async (...statements: string[]) => {
    await client.query('begin')
    try {
      for (const statement of statements) await client.query(statement)
      await client.query('commit')
      return 'done'
    } catch (error) {
      await client.query('rollback')
      return (error as Error).message
    }
  }
  const author = `select set_actor('${me}', 'script')`
  const edit = `update tasks set title = 'By hand' where id = '${row.id}'`
  expect(await attempt(edit)).toBe('actor_missing')
  expect(await attempt(author, edit)).toBe('done')
  expect(await attempt(author, edit)).toBe('done') // changes nothing
  expect(
    await attempt(
      author,
      `insert into board_columns (id, project_id, key, name, category, position) values (gen_random_uuid(), '${project}', 'todo', 'Again', 'todo', 1) on conflict do nothing`,
    ),
  ).toBe('journal_gap')
  expect(await attempt(author, "update activity_logs set action = 'forged'")).toBe('journal_is_append_only')
  expect(await attempt(author, 'delete from activity_logs')).toBe('journal_is_append_only')
  expect(await attempt(author, 'truncate activity_logs')).toBe('journal_is_append_only')
  expect(await attempt(author, 'truncate tasks cascade')).toBe('truncate_is_not_journalled')
  expect(await attempt(`update projects set event_seq = event_seq + 10 where id = '${project}'`)).toBe('journal_gap')
  expect(await attempt(`update projects set event_seq = 1 where id = '${project}'`)).toBe('journal_gap')
  const ahead = `insert into activity_logs (project_id, seq, action, entity, entity_id, changes, data) values ('${project}', 9, 'forged', 'task', '${row.id}', '{}', '{}')`
  expect(await attempt(ahead)).toBe('journal_ahead_of_counter')
  client.release()
  const journal = await queryRows(
    'select seq::int, action, request_id from activity_logs where project_id = $1 and seq > 7',
    [project],
  )
  expect(journal).toEqual([{ seq: 8, action: 'task.updated', request_id: 'script' }])
  expect(replayJournal(await journalOf(sql, project))).toEqual(await readRows(sql, project))
})

it('finds the shortest rank between two ranks, however close they are', async () => {
  const rankBetween = async (low: string, high: string) =>
    (await queryRows('select rank_between($1, $2)::text as rank', [low, high]))[0].rank
  const deep = `1024.${'0'.repeat(38)}`
  expect(await rankBetween('1024', '2048')).toBe('1536')
  expect(await rankBetween('1', '2')).toBe('1.5')
  expect(await rankBetween(`${deep}1`, `${deep}2`)).toBe(`${deep}15`)
})
