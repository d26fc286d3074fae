import { and, isNull, type SQL, sql } from 'drizzle-orm'
import type * as z from 'zod'
import type { Ctx } from '../../context.ts'
import { rowJson } from '../../db/json.ts'
import { comments, tasks } from '../../db/schema.ts'
import { isOn } from '../../lib/fields.ts'
import { inReach } from '../../transaction/authorize.ts'
import { filtered } from '../tasks/lists.ts'
import type { SearchHit } from './answers.ts'
import type { Search } from './schema.ts'

/** Projects that one search covers, those first whose members one has been longest. */
const PROJECTS = 500
/** Texts that are judged of those that match: the rest of a word that is everywhere is not looked at. */
const JUDGED = 2_000
/** Characters around a match that are read, for a snippet to be made of. */
const AROUND = 1_200

/** A search ends soon, whatever was asked for: unavailable. For the rest of the transaction. */
export const limitTime = ({ db }: Ctx) =>
  db.readOnly.execute(sql`select set_config('statement_timeout', '2s', true), set_config('jit', 'off', true)`)

type Hit = z.infer<typeof SearchHit>
type Query = Omit<Search, 'cursor'> & { me: string; after?: [number, string] }
export type Found = {
  rank: number
  comment_id: string | null
  inside: string | null
  task: Omit<Hit, 'snippet' | 'comment_id'>
}

/** Where it is asked: one project, which the guard has opened, or all of mine. */
const places = ({ project_id, include_archived, me }: Query) =>
  project_id
    ? sql`array[${project_id}::uuid]`
    : sql`array(select m.project_id from project_members m join projects p on p.id = m.project_id where m.user_id = ${me}
        and (${isOn(include_archived)} or p.status <> 'archived') and ${inReach(sql`m.project_id`)} order by m.id limit ${PROJECTS})`

/** `asked`: the query as texts are compared (where neither % nor _ is left), for the index, and each part to look for. */
const asked = (query: Query) => sql`asked as materialized (
  select plain, mine.ids, search_query(plain, mine.ids) as query,
    array(select '%' || part || '%' from unnest(string_to_array(plain, ' ')) part) as parts
  from (select search_text(${query.q}) as plain, ${places(query)} as ids offset 0) mine)`

/** `numbered`: the tasks whose number it is, `APO-12`, or `12` in each project. Whatever else matches, they are found. */
const numbered = ({ q }: Query) => sql`numbered as (
  select t.id from asked cross join unnest(asked.ids) as mine(id)
    cross join lateral (select key from projects where id = mine.id limit 1) p
    cross join lateral (select id from tasks where project_id = mine.id
      and number = case when ${q} ~ '^[0-9]+$' then p.key || '-' || ${q} else upper(${q}) end limit 1) t
  where ${q} ~* '^([a-z][a-z0-9]+-)?[0-9]+$')`

const found = sql`found as (
  select s.id, s.task_id, s.title, s.body from numbered join search_texts s on s.id = numbered.id
  union all (select s.id, s.task_id, s.title, s.body from asked join search_texts s on s.grams @@ asked.query
    where s.title || ' ' || s.body like all(asked.parts) and s.id not in (select id from numbered) limit ${sql.raw(String(JUDGED))}))`

/** How well a text fits, the best 0: its number, words of the title just so, the title, the description just so, a comment just so, the rest. */
const rank = (q: string) => sql`case
  when ${tasks.number} = upper(${q}) then 0
  when ${tasks.number} like '%-' || ${q} and ${q} ~ '^[0-9]+$' then 1
  when strpos(' ' || s.title, ' ' || asked.plain) > 0 then 2
  when s.title like all(asked.parts) then 3
  when strpos(s.body, asked.plain) > 0 then case when s.id = s.task_id then 4 else 5 end
  else 6 end`

/** The original around where the first part matches: about there, as a folded text may be a little longer. */
const window = (text: SQL) => sql`substr(${text}, greatest(1, (
  strpos(hit.body, split_part(hit.plain, ' ', 1))::bigint * length(left(${text}, 20000)) / greatest(1, length(hit.body)))::int - ${sql.raw(String(AROUND / 2))}), ${sql.raw(String(AROUND))})`

/** The best texts first, and of equally good ones the newest tasks. */
export const selectHits = ({ db }: Ctx, query: Query) => {
  const { id, project_id, number, title, status, priority, assignee_ids, due_date, completed_at, updated_at } = tasks
  const shown = { id, project_id, number, title, status, priority, assignee_ids, due_date, completed_at, updated_at }
  const where = and(
    isNull(tasks.deleted_at),
    isOn(query.archived) ? undefined : isNull(tasks.archived_at),
    sql`${tasks.project_id} = any(asked.ids)`,
    filtered(query),
  )
  const beyond = query.after
    ? sql`where rank > ${query.after[0]} or (rank = ${query.after[0]} and id < ${query.after[1]}::uuid)`
    : sql``
  return db.readOnly.execute<Found>(sql`with ${asked(query)}, ${numbered(query)}, ${found},
    ranked as (
      select distinct on (${tasks.id}) ${tasks.id} as id, s.id as text_id, s.body, asked.plain, ${rank(query.q)} as rank
      from asked cross join found s join ${tasks} on ${tasks.id} = s.task_id where ${where}
      order by ${tasks.id}, rank, s.id desc),
    page as (select * from ranked ${beyond} order by rank, id desc limit ${query.limit + 1})
    select hit.rank, ${rowJson(shown)} as task, ${comments.id} as comment_id,
      case when ${comments.id} is not null then ${window(sql`${comments.body}`)} when hit.rank > 3 then ${window(sql`${tasks.description}`)} end as inside
    from page hit join ${tasks} on ${tasks.id} = hit.id left join ${comments} on ${comments.id} = hit.text_id order by hit.rank, hit.id desc`)
}
