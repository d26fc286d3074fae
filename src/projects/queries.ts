import { and, desc, eq, getTableColumns, lt, or, type SQL, sql } from 'drizzle-orm'
import { actsAsAdmin, inReach } from '../db/actor.ts'
import type { Database } from '../db/client.ts'
import { daysOf } from '../db/day.ts'
import { project_members, projects } from '../db/schema.ts'

type Orm = Database['orm']

/** The row without the counters, which change with every event and are nobody's business. */
const { event_seq: _head, stream_epoch: _epoch, task_counter: _counter, ...columns } = getTableColumns(projects)
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
