import type pg from 'pg'

/** The connections of transactions that are running, of this database. */
const TERMINATE = `select count(pg_terminate_backend(pid))::int as cut from pg_stat_activity
  where datname = current_database() and pid <> pg_backend_pid() and state <> 'idle' and backend_type = 'client backend'`

/** Cuts the connections of what Postgres is about to do, and counts them; a moment's patience until it does something. */
export async function cut(sql: pg.Pool): Promise<number> {
  for (let look = 0; look < 50; look++) {
    const { rows } = await sql.query<{ cut: number }>(TERMINATE)
    if (rows[0]?.cut) return rows[0].cut
  }
  return 0
}
