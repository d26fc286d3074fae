import { and, desc, eq, getTableColumns, lt, or, type SQL, sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/pg-core'
import type { Database } from '../../db/client.ts'
import { daysOf } from '../../db/day.ts'
import { asPage, bytesBefore } from '../../db/page.ts'
import { project_members, projects } from '../../db/schema.ts'
import { actsAsAdmin, inReach } from '../../transaction/authorize.ts'
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

export const ofProject = (id: string) => eq(projects.id, id)

export const selectProject = (orm: Orm, id: string) => orm.select(projectColumns).from(projects).where(ofProject(id))

type Visible = { me: string; key?: string; status?: typeof projects.$inferSelect.status; before?: string }
type ProjectList = Visible & { limit: number }

/** My projects, or every project for an administrator. */
const visible = (orm: Orm, { me, key, status, before }: Visible) =>
  orm
    .select(projectColumns)
    .from(projects)
    .where(
      and(
        or(
          sql`${projects.id} in (select ${project_members.project_id} from ${project_members} where ${eq(project_members.user_id, me)})`,
          actsAsAdmin,
        ),
        inReach(projects.id),
        key ? eq(projects.key, key) : undefined,
        status ? eq(projects.status, status) : undefined,
        before ? lt(projects.id, before) : undefined,
      ),
    )

/** The one that has this key, if it is mine. */
export const selectProjectByKey = (orm: Orm, me: string, key: string) => visible(orm, { me, key })

const page = alias(projects, 'page')

/**
 * The newest first: one more than `limit`, or as many as hold `bytes` of text; `found` counts what there was before
 * those were cut. They are read from the page itself: a join with the table might read all of it.
 */
export function selectProjects(orm: Orm, input: ProjectList, bytes: number) {
  const found = visible(orm, input)
    .orderBy(desc(projects.id))
    .limit(input.limit + 1)
  const before = bytesBefore(sql`octet_length(${page.description})`, sql`${page.id} desc`)
  return orm
    .select({ ...shownOf(getTableColumns(page)), found: sql`found`.mapWith(Number) })
    .from(asPage(sql`select *, count(*) over () as found, ${before} as before from (${found}) as page`))
    .where(sql`before <= ${bytes}`)
    .orderBy(desc(page.id))
}

/** too_many_projects for who has made as many as they may; a second one at once waits. */
export const requireRoom = (orm: Orm, user_id: string, quota: number) =>
  orm.execute(sql`select require_room_for_project(${user_id}::uuid, ${quota})`)

type NewProject = Omit<typeof projects.$inferInsert, 'key'> & { key: string | SQL }

export const insertProject = (orm: Orm, { key, ...project }: NewProject) =>
  orm
    .insert(projects)
    .values({ ...project, ...daysOf(project), key: sql`${key}` })
    .returning(projectColumns)

/** A key made from a project's name: its letters and digits, numbered when another has it. */
export const freeKey = (name: string) => sql`free_project_key(${keyLetters(name)})`

/** What such a key begins with. */
export function keyLetters(name: string): string {
  const letters = name
    .normalize('NFKD')
    .toUpperCase()
    .replace(/[^A-Z0-9]/g, '')
    .replace(/^[0-9]+/, '')
    .slice(0, 6)
  return letters.length < 2 ? 'BOARD' : letters
}

/** As JSON, made inside the transaction: what a keyed write keeps as its answer. */
export const projectJson = (id: string) => sql`(select journal_row(to_jsonb(p)) from ${projects} p where p.id = ${id})`

export const updateProject = (orm: Orm, id: string, changes: Partial<typeof projects.$inferInsert>) =>
  orm
    .update(projects)
    .set({ id: sql`${projects.id}`, ...changes, ...daysOf(changes) })
    .where(ofProject(id))
    .returning(projectColumns)

export const deleteProject = (orm: Orm, id: string) => orm.delete(projects).where(ofProject(id))

/** Lays these over what an administrator has allowed before; null takes one away. */
export const setQuotas = (orm: Orm, id: string, quotas: SetQuotas) =>
  orm
    .update(projects)
    .set({ quotas: sql`jsonb_strip_nulls(${projects.quotas} || ${JSON.stringify(quotas)}::jsonb)` })
    .where(ofProject(id))
    .returning({ quotas: projects.quotas })
