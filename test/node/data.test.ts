import pg from 'pg'
import { expect, inject, it } from 'vitest'
import { workingHours } from '../../local/data/calendar.ts'
import { Inboxes } from '../../local/data/inboxes.ts'
import type { Plan } from '../../local/data/opening.ts'
import { randomOf } from '../../local/data/random.ts'
import { Story } from '../../local/data/story.ts'
import { type Row, readTemplates, type Templates } from '../../local/data/templates.ts'

/** The bench's data is written without triggers. These tests compare it with what the triggers would have written. */

const UNTIL = Date.parse('2026-03-01')

function tellStory(templates: Templates, seed: number) {
  const random = randomOf(seed)
  const people = Array.from({ length: 4 }, () => random.uuid(UNTIL)) as unknown as Plan['people']
  const inboxes = new Inboxes(random, UNTIL)
  const plan = { key: `STORY${seed}`, name: 'Story', people, tasks: 30, events: 600, when: workingHours(UNTIL, 60) }
  const story = new Story(plan, templates, random, inboxes)
  return { events: [...story.events()], story, inboxes, people }
}

/** Repeats the change of an event by SQL, with all triggers on. */
async function repeatChange(client: pg.Client, { action, data, changes, user_id }: Row): Promise<void> {
  const row = data as Row
  await client.query('select set_actor($1)', [user_id])
  const insert = (table: string, fields: string[]) =>
    client.query(`insert into ${table} (${fields}) select ${fields} from jsonb_populate_record(null::${table}, $1)`, [
      { ...row, ...(table === 'tasks' && { position: null, number: '' }) },
    ])
  if (action === 'project.created')
    await insert('projects', ['id', 'key', 'name', 'description', 'status', 'created_by'])
  else if (action === 'member.added') await insert('project_members', ['id', 'project_id', 'user_id', 'role'])
  else if (action === 'column.created')
    await insert('board_columns', ['id', 'project_id', 'key', 'name', 'category', 'position', 'wip_mode'])
  else if (action === 'task.created') {
    const fields = ['id', 'project_id', 'number', 'title', 'description', 'status', 'position', 'priority']
    await insert('tasks', [...fields, 'assignee_ids', 'created_by'])
  } else {
    const fields = Object.keys(changes as Row).filter((field) => !['completed_at', 'started_at'].includes(field))
    const sets = fields.map((field) => `${field} = r.${field}`)
    await client.query(`update tasks t set ${sets} from jsonb_populate_record(null::tasks, $1) r where t.id = r.id`, [
      row,
    ])
  }
}

/** A copy of a row in which every time is 'then', to compare rows that were written at different times. */
const withoutTimes = (row: Row): Row => JSON.parse(JSON.stringify(row).replace(/"\d{4}-\d\d-\d\dT[\d:.]+Z"/g, '"then"'))

const sortRows = (rows: Row[]) => rows.map((row) => JSON.stringify(row)).toSorted()

it.each([1, 2])('generates the same history as the triggers write (seed %i)', async (seed) => {
  const client = new pg.Client({ connectionString: inject('databaseUrl') })
  await client.connect()
  try {
    const { events, story, inboxes, people } = tellStory(await readTemplates(client), seed)
    const tasks = story.tasks
    expect(new Set(events.map(({ action }) => action))).toContain('task.restored')
    await client.query('begin')
    for (const id of people)
      await client.query(
        "insert into users (id, email, name) values ($1::uuid, $1::text || '@bench.example', 'Somebody')",
        [id],
      )
    for (const event of events) await repeatChange(client, event)

    const { rows: journal } = await client.query(
      `select project_id, seq::int, user_id, action, entity, entity_id, task_id, changes, data, request_id
       from activity_logs where project_id = $1 order by seq`,
      [story.id],
    )
    expect(journal.map(withoutTimes)).toEqual(events.map(({ created_at: _, ...event }) => withoutTimes(event)))

    const { rows } = await client.query('select to_jsonb(t) as task from tasks t where project_id = $1', [story.id])
    const rowOf = (row: Row) => withoutTimes({ ...row, position: Number(row.position), ...stampless })
    const stampless = { created_at: 0, updated_at: 0, completed_at: 0, started_at: 0, deleted_at: 0, archived_at: 0 }
    const byId = (a: Row, b: Row) => (String(a.id) < String(b.id) ? -1 : 1)
    expect(rows.map(({ task }) => rowOf(task)).toSorted(byId)).toEqual(tasks.map(rowOf).toSorted(byId))

    const { rows: counters } = await client.query(
      'select event_seq::int, task_counter, task_count from projects where id = $1',
      [story.id],
    )
    const { event_seq, task_counter, task_count } = story.project
    expect(counters).toEqual([{ event_seq, task_counter, task_count }])

    const { rows: notified } = await client.query(
      `select user_id, kind, project_id, task_id, actor_id, event_seq::int, data, dedupe_key from notifications where project_id = $1`,
      [story.id],
    )
    const facts = inboxes.rows.map(({ id: _id, seq: _seq, read_at: _read, created_at: _at, ...row }) => row)
    const fields = ({ user_id, kind, project_id, task_id, actor_id, event_seq, data, dedupe_key }: Row) => {
      const { key: _, ...about } = data as Row
      return { user_id, kind, project_id, task_id, actor_id, event_seq, dedupe_key, title: about.title ?? about.role }
    }
    expect(sortRows(notified.map(fields))).toEqual(sortRows(facts.map(fields)))
  } finally {
    await client.query('rollback').catch(() => {})
    await client.end()
  }
})
