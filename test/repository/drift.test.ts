import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findSnapshotDrift, findTableDrift, findTextDrift } from '../../drizzle/drift.ts'
import { migrate } from '../../drizzle/migrate.ts'
import { startEmbeddedPostgres } from '../../local/postgres.ts'
import * as schema from '../../src/db/schema.ts'

/** `npm run db:check` must fail for each kind of drift between schema.ts and the database. Each kind is made here. */

const drizzle = join(import.meta.dirname, '../../drizzle')
const meta = join(drizzle, 'meta')

describe('a migrated database', () => {
  let postgres: Awaited<ReturnType<typeof startEmbeddedPostgres>>
  let client: pg.Client

  beforeAll(async () => {
    postgres = await startEmbeddedPostgres()
    await migrate(postgres.url)
    client = new pg.Client({ connectionString: postgres.url })
    await client.connect()
  })

  afterAll(async () => {
    await client.end()
    await postgres.close()
  })

  it('has the tables of schema.ts, the functions and the triggers, and is unchanged by the check', async () => {
    for (const _ of ['first', 'again']) {
      expect(await findTableDrift(client, schema)).toEqual([])
      expect(await findTextDrift(client, drizzle)).toEqual([])
    }
  })

  /** Changes that drift, each with the beginning of the line that must name it. No two are of the same object. */
  const PLANTED = [
    [
      'a changed check',
      "alter table users drop constraint users_role, add constraint users_role check (role = 'admin')",
      'constraint users.users_role:',
    ],
    [
      'a check that only the database has',
      "alter table users add constraint extra check (name <> '')",
      'constraint users.extra:',
    ],
    [
      'a foreign key with another action',
      'alter table sessions drop constraint sessions_user_id_users_id_fk, add constraint sessions_user_id_users_id_fk foreign key (user_id) references users (id)',
      'constraint sessions.sessions_user_id_users_id_fk:',
    ],
    ['a missing index', 'drop index sessions_user', 'index sessions_user:'],
    [
      'an index with another condition',
      'drop index tasks_board; create index tasks_board on tasks (project_id, status, "position", id)',
      'index tasks_board:',
    ],
    [
      'an index of another method',
      'drop index tasks_parent; create index tasks_parent on tasks using hash (parent_id)',
      'index tasks_parent:',
    ],
    ['an index that only the database has', 'create index extra_title on tasks (title)', 'index extra_title:'],
    ['another default', "alter table projects alter name set default ''", 'column projects.name:'],
    ['another type', 'alter table users alter avatar_url type varchar', 'column users.avatar_url:'],
    ['a column that may be null', 'alter table tasks alter title drop not null', 'column tasks.title:'],
    ['a table that only the database has', 'create table extra (id int)', 'column extra.id:'],
    [
      'a changed function',
      "create or replace function role_rank(role text) returns int language sql immutable as 'select 1'",
      'function role_rank(role text):',
    ],
    [
      'a function that only the database has',
      "create function extra() returns int language sql as 'select 1'",
      'function extra(): only the migrations',
    ],
    [
      'a function that the database lacks',
      'drop function is_final(text)',
      'function is_final(category text): only drizzle/functions',
    ],
    [
      'a missing trigger',
      'drop trigger append_only on activity_logs',
      'trigger activity_logs.append_only: only drizzle/triggers.sql',
    ],
    ['a disabled trigger', 'alter table tasks disable trigger journal_10_write', 'trigger tasks.journal_10_write:'],
    [
      'a trigger that fires for less',
      'drop trigger journal_10_stamp on tasks; create trigger journal_10_stamp before insert on tasks for each row execute function journal_stamp()',
      'trigger tasks.journal_10_stamp:',
    ],
  ] as const

  describe('that was changed', () => {
    let drift: string[]

    /** All at once, as each look takes seconds. It is rolled back, so the check's own transaction is a savepoint. */
    beforeAll(async () => {
      await client.query('begin')
      try {
        for (const [, change] of PLANTED) await client.query(change)
        const nested = { query: (text: string) => client.query(NESTED[text] ?? text) } as pg.Client
        drift = [...(await findTableDrift(nested, schema)), ...(await findTextDrift(nested, drizzle))]
      } finally {
        await client.query('rollback')
      }
    })

    it.each(PLANTED)('is reported as different: %s', (_, __, line) => {
      expect(drift).toEqual(expect.arrayContaining([expect.stringContaining(line)]))
    })

    it('is reported as different in nothing else', () => {
      expect(drift.filter((found) => !PLANTED.some(([, , line]) => found.includes(line)))).toEqual([])
    })
  })
})

const NESTED: Record<string, string> = { begin: 'savepoint look', rollback: 'rollback to look' }

describe('the newest snapshot', () => {
  it('matches schema.ts', () => {
    expect(findSnapshotDrift(schema, meta)).toEqual([])
  })

  it('is reported as stale when a renamed column is not in it', () => {
    const copy = mkdtempSync(join(tmpdir(), 'flowtrack-meta-'))
    try {
      cpSync(meta, copy, { recursive: true })
      const newest =
        readdirSync(copy)
          .filter((name) => name.endsWith('_snapshot.json'))
          .toSorted()
          .at(-1) ?? ''
      const file = join(copy, newest)
      writeFileSync(file, readFileSync(file, 'utf8').replaceAll('"avatar_url"', '"picture_url"')) // a rename
      expect(findSnapshotDrift(schema, copy)).toEqual([expect.stringContaining(newest)])
    } finally {
      rmSync(copy, { recursive: true })
    }
  })
})
