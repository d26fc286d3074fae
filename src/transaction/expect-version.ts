import { type SQL, sql } from 'drizzle-orm'
import type { Ctx } from '../context.ts'
import { jsonOfFields } from '../db/day.ts'
import type {
  board_columns,
  checklist_items,
  checklists,
  comments,
  labels,
  project_members,
  projects,
  tasks,
  users,
  webhooks,
} from '../db/schema.ts'
import type { EditBase } from '../lib/fields.ts'
import { guardedProject, type ProjectRef, projectOf } from './project-ref.ts'

/** Tables whose rows several people edit at once. */
type Edited =
  | typeof projects
  | typeof board_columns
  | typeof labels
  | typeof tasks
  | typeof checklists
  | typeof checklist_items
  | typeof webhooks
type Versioned = typeof users | typeof project_members | typeof comments | Edited

/** The versions of which the row must have one (If-Match), and those that it must not have (If-None-Match). */
export type Expected = { one_of?: number[]; none_of?: number[] | 'any' }

/** The one version that a writer knows the row to have; undefined when If-Match names none, or several. */
export const knownVersionOf = ({ one_of = [] }: Expected = {}) => (one_of.length === 1 ? one_of[0] : undefined)

/** What the writer knew of the row: the version that it must still have, and the one on which the edit is based. */
export type Basis = EditBase & { if_match?: Expected }

/**
 * SQL for the version on which an edit is based: 0, which is before the row arrived, when it is of another project. The
 * guard has locked the row's project (`require_unmoved`), so this holds until the end of the transaction.
 */
export const baseOf = ({ base_seq, base_project_id }: EditBase) =>
  base_project_id === undefined
    ? sql`${base_seq ?? null}::bigint`
    : sql`case ${guardedProject} when ${base_project_id}::uuid then ${base_seq}::bigint else 0 end`

const listOf = (versions: number[]) => `{${versions.join()}}`

/**
 * SQL for the second argument of `require_version`: null when the row's `seq` is as expected, else a version that the
 * row does not have.
 */
function expectedOf(seq: SQL, { one_of, none_of }: Expected = {}): SQL {
  if (none_of === 'any') return sql`-1`
  if (none_of === undefined && one_of?.length === 1) return sql`${one_of[0]}::bigint`
  const refused = none_of && sql`when ${seq} = any(${listOf(none_of)}::bigint[]) then -1`
  const missed = one_of && sql`when ${seq} <> all(${listOf(one_of)}::bigint[]) then ${one_of[0] ?? -1}::bigint`
  return refused || missed ? sql`case ${refused ?? sql``} ${missed ?? sql``} end` : sql`null::bigint`
}

/**
 * The row must exist (not_found) and, when `expected` is given, still have this version
 * (version_mismatch): If-Match, decided under the lock (of the row, if it belongs to no project).
 */
export const requireVersion = ({ db }: Ctx, table: Versioned, where: SQL | undefined, expected?: Expected) =>
  db.primary.execute(
    sql`select require_version(seq, ${expectedOf(sql`seq`, expected)}) from (
      select (select ${table.seq} from ${table} where ${where} for no key update) as seq offset 0) as present`,
  )

/**
 * `requireVersion` for an edit of `proposed` fields. With `base_seq`, what others changed since then must not be
 * overwritten (edit_conflict); all else merges.
 */
export const requireBasis = (
  { db }: Ctx,
  table: Edited,
  row: ProjectRef & { where: SQL | undefined },
  { if_match, ...base }: Basis,
  proposed: Record<string, unknown>,
) =>
  db.primary.execute(sql`select
    require_version(seq, ${expectedOf(sql`seq`, if_match)}),
    require_mergeable(${projectOf(row)}::uuid, (select ${table.id} from ${table} where ${row.where}), ${baseOf(base)}, ${jsonOfFields(proposed)})
    from (select (select ${table.seq} from ${table} where ${row.where}) as seq offset 0) as present`)
