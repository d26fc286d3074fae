import { type SQL, sql } from 'drizzle-orm'
import type { Database } from '../../db/client.ts'

type Orm = Database['primary']

/** The most events of a calendar, and characters of each description: an answer is built in memory. */
const EVENTS = 1_000
const DESCRIPTION = 1_000

export type Due = {
  id: string
  project_id: string
  number: string
  title: string
  description: string
  due_date: string
  updated_at: string
}

/** The name of a project; null without one. */
const nameOf = (project: string | null) => sql`(select name from projects where id = ${project}::uuid)`

/**
 * Tasks with a due date that are not done, as one JSON value: of more than EVENTS, those nearest to `now`. `found`: how
 * many there are.
 */
export const selectDue = (orm: Orm, of: SQL, project: string | null, now: Date) =>
  orm.execute<{ name: string | null; found: number; due: Due[] }>(sql`
    with due as (
      select t.id, t.project_id, t.number, t.title, left(t.description, ${DESCRIPTION}) as description, t.due_date,
        utc_text(t.updated_at) as updated_at, count(*) over () as found
      from tasks t
      where ${of} and t.due_date is not null and t.deleted_at is null and t.archived_at is null and t.completed_at is null
      order by abs(t.due_date - ${now.toISOString()}::timestamptz::date), t.id limit ${EVENTS})
    select ${nameOf(project)} as name, coalesce((select found from due limit 1), 0)::int as found,
      (select coalesce(json_agg(due order by due_date, id), '[]') from due) as due`)
