import type pg from 'pg'

/** Ends the other connections of this database that are not idle, and counts them. */
const TERMINATE = `select count(pg_terminate_backend(pid))::int as cut from pg_stat_activity
  where datname = current_database() and pid <> pg_backend_pid() and state <> 'idle' and backend_type = 'client backend'`

/** Cuts the connections of running transactions, and returns how many. Looks 50 times for one, and then returns 0. */
export async function cutTransactions(sql: pg.Pool): Promise<number> {
  for (let look = 0; look < 50; look++) {
    const { rows } = await sql.query<{ cut: number }>(TERMINATE)
    if (rows[0]?.cut) return rows[0].cut
  }
  return 0
}
