import { type SQL, sql } from 'drizzle-orm'
import type { Ctx } from '../env.ts'
import { type ProjectRef, projectOf } from './project-ref.ts'
import type { board_columns, project_members, projects, tasks, users } from './schema.ts'

type Versioned = typeof users | typeof projects | typeof project_members | typeof board_columns | typeof tasks

/** What the writer knew of the row: the version it must still have, or the one its edit began from. */
export type Basis = { if_match?: number; base_seq?: number }

/**
 * The row must exist (not_found) and, when `expected` is given, still have this version
 * (version_mismatch): If-Match, decided under the lock (of the row, for what is in no project).
 */
export const requireVersion = ({ db }: Ctx, table: Versioned, where: SQL | undefined, expected: number | undefined) =>
  db.orm.execute(
    sql`select require_version((select ${table.seq} from ${table} where ${where} for no key update), ${expected ?? null}::bigint)`,
  )

/**
 * The same for an edit of `proposed` fields, which may also name the version it began from: what
 * others changed since then must not be overwritten (edit_conflict), the rest merges.
 */
export const requireBasis = (
  { db }: Ctx,
  table: typeof projects | typeof board_columns | typeof tasks,
  row: ProjectRef & { where: SQL | undefined },
  { if_match, base_seq }: Basis,
  proposed: Record<string, unknown>,
) =>
  db.orm.execute(sql`select
    require_version((select ${table.seq} from ${table} where ${row.where}), ${if_match ?? null}::bigint),
    require_mergeable(${projectOf(row)}::uuid, (select ${table.id} from ${table} where ${row.where}), ${base_seq ?? null}::bigint, ${JSON.stringify(proposed)}::jsonb)`)
