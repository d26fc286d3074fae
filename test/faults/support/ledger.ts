import { isDeepStrictEqual } from 'node:util'
import type { Pool } from 'pg'

/** Checks that must hold after any fault: the journal agrees with the tables, and notifications and keys with it. */

type Row = { id: string; [field: string]: unknown }
export type Entry = {
  seq: number
  user_id: string | null
  action: string
  entity: string
  entity_id: string
  task_id: string | null
  changes: Record<string, [unknown, unknown]>
  data: Row
  request_id: string | null
}

export async function journalOf(sql: Pool, project: string): Promise<Entry[]> {
  const text = `select seq::int, user_id, action, entity, entity_id, task_id, changes, data, request_id
    from activity_logs where project_id = $1 order by seq`
  return (await sql.query<Entry>(text, [project])).rows
}

/** The rows of a project by their ids, computed from the journal alone. */
export function replayJournal(journal: Entry[]): Map<string, Row> {
  const state = new Map<string, Row>()
  for (const { action, entity, entity_id, data, request_id } of journal) {
    if (entity === 'webhook' && request_id?.startsWith('import:')) continue // webhooks are imported as history only
    if (/\.(purged|removed|deleted)$/.test(action) && action !== 'task.deleted') {
      state.delete(entity_id)
      if (action === 'task.purged' || action === 'checklist.deleted')
        for (const [id, { task_id, checklist_id }] of state)
          if (task_id === entity_id || checklist_id === entity_id) state.delete(id)
    } else if (action === 'column.reordered') {
      const { positions, ...column } = data
      state.set(entity_id, column)
      for (const [id, position] of Object.entries(positions as Record<string, string>))
        state.set(id, { ...(state.get(id) as Row), position })
    } else state.set(entity_id, data)
    if (action === 'label.deleted')
      for (const [id, { label_ids, ...row }] of state)
        if (Array.isArray(label_ids))
          state.set(id, { ...row, label_ids: label_ids.filter((label) => label !== entity_id) } as Row)
  }
  return state
}

/** The rows of a project by their ids, from all tables that have the journal's trigger. */
export async function readRows(sql: Pool, project: string): Promise<Map<string, Row>> {
  const journalled = `select tgrelid::regclass::text as name from pg_trigger where tgname = 'journal_10_write'`
  const { rows: tables } = await sql.query<{ name: string }>(journalled)
  const selects = tables.map(({ name }) => {
    const [entity, project] = [name === 'tasks' ? 'task' : '', name === 'projects' ? 'id' : 'project_id']
    return `select journal_old(to_jsonb(t), '${entity}') as row from ${name} t where ${project} = $1`
  })
  const { rows } = await sql.query<{ row: Row }>(selects.join(' union all '), [project])
  return new Map(rows.map(({ row }) => [row.id, row]))
}

/** The projects with journal rows since then, deleted projects too. */
async function projectsSince(sql: Pool, since: Date): Promise<string[]> {
  const text = 'select distinct project_id from activity_logs where created_at >= $1'
  return (await sql.query<{ project_id: string }>(text, [since])).rows.map(({ project_id }) => project_id)
}

/** What is wrong with a project, in words: a gap in its journal, a wrong counter, or a row that differs from it. */
export async function findJournalFaults(sql: Pool, project: string): Promise<string[]> {
  const journal = await journalOf(sql, project)
  const faults: string[] = []
  const gap = journal.findIndex(({ seq }, i) => seq !== i + 1)
  if (gap >= 0) faults.push(`its journal has ${journal[gap]?.seq} where ${gap + 1} belongs`)
  if (journal.at(-1)?.action === 'project.deleted') return faults
  const text = `select event_seq::int as head, task_count as counted, (select count(*)::int from tasks where project_id = $1) as there,
    comment_total as said, (select count(*)::int from comments where project_id = $1) as heard,
    item_total as listed, (select count(*)::int from (select 1 from checklists where project_id = $1
      union all select 1 from checklist_items where project_id = $1) rows) as items from projects where id = $1`
  const [{ head, counted, there, said, heard, listed, items } = {}] = (
    await sql.query<Record<string, number>>(text, [project])
  ).rows
  if (counted !== there) faults.push(`it counts ${counted} tasks and has ${there}`)
  if (said !== heard) faults.push(`it counts ${said} comments and has ${heard}`)
  if (listed !== items) faults.push(`it counts ${listed} checklists and items and has ${items}`)
  if (head !== journal.length) faults.push(`its head is ${head}, its journal ends at ${journal.length}`)
  const [told, tables] = [replayJournal(journal), await readRows(sql, project)]
  for (const id of new Set([...told.keys(), ...tables.keys()]))
    if (!isDeepStrictEqual(told.get(id), tables.get(id))) faults.push(`row ${id} differs from the journal`)
  return faults
}

const ORPHANS = `select n.id from notifications n left join activity_logs a on a.project_id = n.project_id and a.seq = n.event_seq
  where n.created_at >= $1 and n.event_seq is not null
    and (a.seq is null or a.user_id is not distinct from n.user_id or (n.task_id is not null and a.task_id is distinct from n.task_id))`
const UNNUMBERED = `select user_id as id from notifications where created_at >= $1 and seq = 0
  union all select n.user_id from notifications n join inboxes i using (user_id) where n.created_at >= $1
    group by n.user_id, i.seq having max(n.seq) > i.seq or count(distinct n.seq) < count(*)`
/**
 * Keys whose kept answer does not have the row that the journal has at its seq. Labels may have been deleted since, and
 * an answer may have more fields. Answers without a project's row (of links, of imports) are not compared.
 */
const KEYS = `select k.key as id from idempotency_keys k where k.expires_at >= $1::timestamptz + interval '24 hours' and (k.status is null
  or k.response is null or (k.response ->> 'project' is not null and k.response -> 'body' ?& '{id,seq}' and not exists (
    select 1 from activity_logs a where a.project_id = (k.response ->> 'project')::uuid and a.seq = (k.response #>> '{body,seq}')::bigint
      and a.data - 'label_ids' = (select jsonb_object_agg(key, value) from jsonb_each(k.response -> 'body') where key <> 'label_ids' and a.data ? key))))`

const OTHERS: Record<string, string> = {
  'a notification without a cause': ORPHANS,
  'an inbox with a wrong seq': UNNUMBERED,
  'a key whose answer no write has given': KEYS,
}

/** All disagreements in what has happened since then, in words; empty when there are none. */
export async function findDisagreements(sql: Pool, since: Date): Promise<string[]> {
  const faults: string[] = []
  for (const project of await projectsSince(sql, since))
    for (const fault of await findJournalFaults(sql, project)) faults.push(`Project ${project}: ${fault}`)
  for (const [what, text] of Object.entries(OTHERS)) {
    const { rows } = await sql.query<{ id: string }>(text, [since])
    for (const { id } of rows) faults.push(`There is ${what}: ${id}`)
  }
  return faults
}
