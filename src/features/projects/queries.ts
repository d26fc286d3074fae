import { and, desc, eq, getTableColumns, lt, or, type SQL, sql } from 'drizzle-orm'
import type { Database } from '../../db/client.ts'
import { daysOf } from '../../db/day.ts'
import { project_members, projects } from '../../db/schema.ts'
import { actsAsAdmin, inReach } from '../../transaction/authorize.ts'
import type { SetQuotas } from './schema.ts'

type Orm = Database['primary']

/** The row without the counters, which change with every event and are nobody's business, and what bounds them. */
const {
  event_seq: _head,
  stream_epoch: _epoch,
  task_counter: _counter,
  task_count: _count,
  charged_to: _charged,
  quotas: _quotas,
  ...columns
} = getTableColumns(projects)
export const projectColumns = columns

export const ofProject = (id: string) => eq(projects.id, id)

export const selectProject = (orm: Orm, id: string) => orm.select(projectColumns).from(projects).where(ofProject(id))

type ProjectList = { me: string; status?: typeof projects.$inferSelect.status; before?: string; limit: number }

/** My projects, or every project for an administrator; newest first. */
export const selectProjects = (orm: Orm, { me, status, before, limit }: ProjectList) =>
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
        status ? eq(projects.status, status) : undefined,
        before ? lt(projects.id, before) : undefined,
      ),
    )
    .orderBy(desc(projects.id))
    .limit(limit + 1)

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
export const freeKey = (name: string) => {
  const letters = name
    .normalize('NFKD')
    .toUpperCase()
    .replace(/[^A-Z0-9]/g, '')
    .replace(/^[0-9]+/, '')
    .slice(0, 6)
  return sql`free_project_key(${letters.length < 2 ? 'BOARD' : letters})`
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
