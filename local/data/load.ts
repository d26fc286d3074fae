import type pg from 'pg'
import type { Row } from './templates.ts'

const BATCH = 4_000

/** Sends rows in batches while the next ones are being made. */
export class Loader {
  rows = 0
  readonly #client: pg.Client
  #sent: Promise<unknown> = Promise.resolve()

  constructor(client: pg.Client) {
    this.#client = client
  }

  /** Resolves when the database has inserted all rows. */
  async add(table: string, rows: Iterable<Row>): Promise<void> {
    let batch: Row[] = []
    for (const row of rows) {
      if (batch.push(row) < BATCH) continue
      await this.#send(table, batch)
      batch = []
    }
    await this.#send(table, batch)
    await this.#sent
  }

  async #send(table: string, batch: Row[]): Promise<void> {
    const json = JSON.stringify(batch)
    await this.#sent
    this.rows += batch.length
    if (batch.length === 0) return
    this.#sent = this.#client.query(`insert into ${table} select * from json_populate_recordset(null::${table}, $1)`, [
      json,
    ])
    this.#sent.catch(() => {}) // it is awaited before the next one
  }
}

/**
 * Drops the indexes of `tables` that belong to no constraint: to build them after the rows is much faster.
 * Returns the statements that create them again.
 */
export async function dropIndexes(client: pg.Client, tables: string[]): Promise<string[]> {
  const { rows } = await client.query<{ name: string; definition: string }>(
    `select i.indexrelid::regclass::text as name, pg_get_indexdef(i.indexrelid) as definition
     from pg_index i where i.indrelid::regclass::text = any($1)
       and not exists (select 1 from pg_constraint c where c.conindid = i.indexrelid)`,
    [tables],
  )
  for (const { name } of rows) await client.query(`drop index ${name}`)
  return rows.map(({ definition }) => definition)
}

/** Checks what the triggers would have ensured. Throws at the first rule that is broken, so that all is rolled back. */
export async function checkData(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ what: string; wrong: number }>(`
    select 'a journal has a gap, or differs from its counter' as what, count(*)::int as wrong
    from projects p left join lateral (select count(*) as n, max(seq) as top from activity_logs where project_id = p.id) j on true
    where p.event_seq <> j.n or p.event_seq is distinct from j.top
    union all
    select 'a task differs from its last row in the journal', count(*)::int from tasks t
      join activity_logs a on a.project_id = t.project_id and a.seq = t.seq
    where a.entity_id <> t.id or a.data <> journal_row(to_jsonb(t))
    union all
    select 'two live tasks share a rank', count(*)::int from (select 1 from tasks where deleted_at is null
      group by project_id, status, position having count(*) > 1) twins
    union all
    select 'an inbox has another seq than its notifications', count(*)::int from inboxes i
    where i.seq <> (select coalesce(max(seq), 0) from notifications n where n.user_id = i.user_id)`)
  for (const { what, wrong } of rows)
    if (wrong > 0)
      throw new Error(`The generated data is wrong, which is a bug in local/data: ${what} (${wrong} times)`)
}
