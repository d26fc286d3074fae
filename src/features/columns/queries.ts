import { and, asc, eq, sql } from 'drizzle-orm'
import type { Database } from '../../db/client.ts'
import { board_columns } from '../../db/schema.ts'

type Orm = Database['primary']

/** One column of one board. */
export const isColumn = (project_id: string, key: string) =>
  and(eq(board_columns.project_id, project_id), eq(board_columns.key, key))

export const selectColumn = (orm: Orm, project_id: string, key: string) =>
  orm.select().from(board_columns).where(isColumn(project_id, key))

export const selectColumns = (orm: Orm, project_id: string) =>
  orm.select().from(board_columns).where(eq(board_columns.project_id, project_id)).orderBy(asc(board_columns.position))

const FIRST_COLUMNS = [
  { key: 'todo', name: 'To do', category: 'todo' },
  { key: 'in_progress', name: 'In progress', category: 'in_progress' },
  { key: 'review', name: 'Review', category: 'review' },
  { key: 'done', name: 'Done', category: 'done' },
] as const

/** The columns that a new project begins with. */
export const makeFirstColumns = (project_id: string, newId: () => string) =>
  FIRST_COLUMNS.map((column, i) => ({ id: newId(), project_id, ...column, position: String((i + 1) * 1024) }))

const lastPositionOf = (project_id: string) =>
  sql`(select coalesce(max(position), 0) + 1024 from board_columns where project_id = ${project_id})`

export const insertColumns = (orm: Orm, rows: (typeof board_columns.$inferInsert)[]) =>
  orm.insert(board_columns).values(rows).returning()

export const insertColumn = (orm: Orm, column: Omit<typeof board_columns.$inferInsert, 'position'>) =>
  orm
    .insert(board_columns)
    .values({ ...column, position: lastPositionOf(column.project_id) })
    .returning()

/** A column as JSON, made inside the transaction: the answer that a write with an Idempotency-Key stores. */
export const columnJson = (id: string) =>
  sql`(select journal_row(to_jsonb(c)) from ${board_columns} c where c.id = ${id})`

type ColumnChanges = Partial<typeof board_columns.$inferInsert> & { before?: string | null }

export const updateColumn = (orm: Orm, project_id: string, key: string, { before, ...changes }: ColumnChanges) =>
  orm
    .update(board_columns)
    .set({
      id: sql`${board_columns.id}`,
      ...changes,
      ...(before !== undefined && { position: sql`column_rank(${project_id}::uuid, ${key}, ${before})` }),
    })
    .where(isColumn(project_id, key))
    .returning()

/** Deletes a column. Its tasks go to `move_to`: many of them in steps, after the transaction. */
export const deleteColumn = (orm: Orm, project_id: string, key: string, move_to: string | undefined) =>
  orm.execute(sql`select delete_column(${project_id}::uuid, ${key}, ${move_to ?? null})`)
