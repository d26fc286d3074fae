import pg from 'pg'
import { expect, inject, it } from 'vitest'

/**
 * PostgreSQL 17 and later maintain tables without our schema on the search path. A function in an index that names
 * another one must have resolved that name when it was created, or autovacuum fails on its table for good.
 */
it('allows the database to analyze every table', async () => {
  const db = new pg.Client({ connectionString: inject('databaseUrl') })
  await db.connect()
  try {
    const account = "insert into users (id, email, name, password_hash) values (gen_random_uuid(), $1, 'Ágnes 李', '')"
    await db.query(account, [`${crypto.randomUUID()}@example.com`])
    const { rows } = await db.query<{ name: string }>(
      "select tablename as name from pg_tables where schemaname = 'public'",
    )
    for (const { name } of rows) await db.query(`analyze ${name}`)
    expect(rows.length).toBeGreaterThan(20)
  } finally {
    await db.end()
  }
})
