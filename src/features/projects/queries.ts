import { and, desc, eq, getTableColumns, lt, or, type SQL, sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/pg-core'
import type { Database } from '../../db/client.ts'
import { daysOf } from '../../db/day.ts'
import { bytesBefore, jsonBytes, toPageSubquery } from '../../db/page.ts'
import { project_members, projects } from '../../db/schema.ts'
import { actsAsAdmin, isReachable } from '../../transaction/authorize.ts'
import type { SetQuotas } from './schema.ts'

type Orm = Database['primary']

/** Columns that answers leave out: internal counters, and the bounds of a project. */
type Hidden =
  | 'event_seq'
  | 'stream_epoch'
  | 'task_counter'
  | 'task_count'
  | 'comment_total'
  | 'item_total'
  | 'charged_to'
  | 'quotas'

function shownOf<T extends Record<Hidden, unknown>>(columns: T): Omit<T, Hidden> {
  const { event_seq, stream_epoch, task_counter, task_count, comment_total, item_total, charged_to, quotas, ...shown } =
    columns
  return shown
}
export const projectColumns = shownOf(getTableColumns(projects))

export const isProject = (id: string) => eq(projects.id, id)

export const selectProject = (orm: Orm, id: string) => orm.select(projectColumns).from(projects).where(isProject(id))

type Visible = { me: string; key?: string; status?: typeof projects.$inferSelect.status; before?: string }
type ProjectList = Visible & { limit: number }

/** My projects, or every project for an administrator. */
const selectVisible = (orm: Orm, { me, key, status, before }: Visible) =>
  orm
    .select(projectColumns)
    .from(projects)
    .where(
      and(
        or(
          sql`${projects.id} in (select ${project_members.project_id} from ${project_members} where ${eq(project_members.user_id, me)})`,
          actsAsAdmin,
        ),
        isReachable(projects.id),
        key ? eq(projects.key, key) : undefined,
        status ? eq(projects.status, status) : undefined,
        before ? lt(projects.id, before) : undefined,
      ),
    )

/** The project with this key, if `me` may see it. */
export const selectProjectByKey = (orm: Orm, me: string, key: string) => selectVisible(orm, { me, key })

const page = alias(projects, 'page')

/**
 * The newest first: at most `limit` + 1, and fewer if their descriptions exceed `bytes`; `found` counts them before
 * that cut. The columns are read from the subquery `page`: a join with the table might read all of the table.
 */
export function selectProjects(orm: Orm, input: ProjectList, bytes: number) {
  const found = selectVisible(orm, input)
    .orderBy(desc(projects.id))
    .limit(input.limit + 1)
  const before = bytesBefore(jsonBytes(page.description), sql`${page.id} desc`)
  return orm
    .select({ ...shownOf(getTableColumns(page)), found: sql`found`.mapWith(Number) })
    .from(toPageSubquery(sql`select *, count(*) over () as found, ${before} as before from (${found}) as page`))
    .where(sql`before <= ${bytes}`)
    .orderBy(desc(page.id))
}

/** Fails with too_many_projects when a user has made `quota` projects. Another call at the same time waits. */
export const requireRoomForProject = (orm: Orm, user_id: string, quota: number) =>
  orm.execute(sql`select require_room_for_project(${user_id}::uuid, ${quota})`)

type NewProject = Omit<typeof projects.$inferInsert, 'key'> & { key: string | SQL }

export const insertProject = (orm: Orm, { key, ...project }: NewProject) =>
  orm
    .insert(projects)
    .values({ ...project, ...daysOf(project), key: sql`${key}` })
    .returning(projectColumns)

/** A key made from a project's name: its letters and digits, and a number when another project has that key. */
export const freeKeyOf = (name: string) => sql`free_project_key(${keyPrefixOf(name)})`

/** A key that a person has chosen: refused while another transaction is about to take it. */
export const chosenKey = (key: string) => sql`take_project_key(${key})`

/** The beginning of a key made from a project's name: 2 to 6 letters and digits of the name, or BOARD. */
export function keyPrefixOf(name: string): string {
  const letters = name
    .normalize('NFKD')
    .toUpperCase()
    .replace(/[^A-Z0-9]/g, '')
    .replace(/^[0-9]+/, '')
    .slice(0, 6)
  return letters.length < 2 ? 'BOARD' : letters
}

/** A project as JSON, made inside the transaction: the answer that a write with an Idempotency-Key stores. */
export const projectJson = (id: string) => sql`(select journal_row(to_jsonb(p)) from ${projects} p where p.id = ${id})`

export const updateProject = (orm: Orm, id: string, changes: Partial<typeof projects.$inferInsert>) =>
  orm
    .update(projects)
    .set({ id: sql`${projects.id}`, ...changes, ...daysOf(changes) })
    .where(isProject(id))
    .returning(projectColumns)

export const deleteProject = (orm: Orm, id: string) => orm.delete(projects).where(isProject(id))

/** Merges quotas into those that an administrator has set before; null removes one. */
export const setQuotas = (orm: Orm, id: string, quotas: SetQuotas) =>
  orm
    .update(projects)
    .set({ quotas: sql`jsonb_strip_nulls(${projects.quotas} || ${JSON.stringify(quotas)}::jsonb)` })
    .where(isProject(id))
    .returning({ quotas: projects.quotas })
