import { and, isNull, type SQL, sql } from 'drizzle-orm'
import type * as z from 'zod'
import type { Ctx } from '../../context.ts'
import { rowJson } from '../../db/json.ts'
import { comments, tasks } from '../../db/schema.ts'
import { isOn } from '../../lib/fields.ts'
import { isReachable } from '../../transaction/authorize.ts'
import { filterOf } from '../tasks/lists.ts'
import type { SearchHit } from './answers.ts'
import type { Search } from './schema.ts'

/** The most projects that one search covers: those of which the user has been a member for longest. */
const PROJECTS = 500
/** The most matching texts that are ranked. If more match, as with a very common word, the rest is ignored. */
const RANKED = 2_000
/** Characters around a match that are read to make a snippet. */
const WINDOW = 1_200

/** Each further statement of the transaction ends after 2 seconds, with unavailable: a search must not take longer. */
export const limitTime = ({ db }: Ctx) =>
  db.readOnly.execute(sql`select set_config('statement_timeout', '2s', true), set_config('jit', 'off', true)`)

type Hit = z.infer<typeof SearchHit>
type Query = Omit<Search, 'cursor'> & { me: string; after?: [number, string] }
type Match = {
  rank: number
  comment_id: string | null
  inside: string | null
  task: Omit<Hit, 'snippet' | 'comment_id'>
}
/** A row of the answer; without any match, one row says whether the search was incomplete. */
export type Found = { incomplete: boolean } & (Match | { task: null })

/** The projects to search, and one more if there are too many: one that the guard has checked, or those of `me`. */
const projectIdsOf = ({ project_id, include_archived, me }: Query) =>
  project_id
    ? sql`array[${project_id}::uuid]`
    : sql`array(select m.project_id from project_members m join projects p on p.id = m.project_id where m.user_id = ${me}
        and (${isOn(include_archived)} or p.status <> 'archived') and ${isReachable(sql`m.project_id`)} order by m.id limit ${PROJECTS} + 1)`

/**
 * The CTE `asked`: `plain`, the query in the form in which texts are compared (without % and _); `query`, for the
 * index; `parts`, LIKE patterns for its words; `letters`, its words of one letter, which match only words; and
 * `too_many`, whether there are projects beyond those of `ids`.
 */
const askedCte = (query: Query) => sql`asked as materialized (
  select plain, mine.ids, mine.too_many, search_query(needed, mine.ids) as query, parts,
    array(select word from unnest(words_of(needed)) word where length(word) = 1) as letters
  from search_pieces(${query.q}), (select search_text(${query.q}) as plain, all_ids[:${sql.raw(String(PROJECTS))}] as ids, cardinality(all_ids) > ${PROJECTS} as too_many
    from (select ${projectIdsOf(query)} as all_ids offset 0) every offset 0) mine)`

/**
 * The CTE `numbered`: tasks with this number: `APO-12`, or `12` in each of the searched projects. They are found even
 * if more than RANKED texts match.
 */
const numberedCte = ({ q }: Query) => sql`numbered as (
  select t.id from asked cross join unnest(asked.ids) as mine(id)
    cross join lateral (select key from projects where id = mine.id limit 1) p
    cross join lateral (select id from tasks where project_id = mine.id
      and number = case when ${q} ~ '^[0-9]+$' then p.key || '-' || ${q} else upper(${q}) end limit 1) t
  where ${q} ~* '^([a-z][a-z0-9]+-)?[0-9]+$')`

/** `matching`: the texts that contain all the words, one too many. `found`: those, and the tasks with this number. */
const foundCtes = sql`matching as (
  select s.id, s.task_id, s.title, s.body from asked join search_texts s on s.grams @@ asked.query
    where s.title || ' ' || s.body like all(asked.parts) and s.id not in (select id from numbered) limit ${sql.raw(String(RANKED + 1))}),
  found as (
    select s.id, s.task_id, s.title, s.body from numbered join search_texts s on s.id = numbered.id
    union all select * from matching)`

/** The index finds words of one letter only as words, but it does not say whether they are in the title. */
const hasLetters = sql`(asked.letters = '{}' or words_of(s.title) @> asked.letters)`

/**
 * How well a text matches. 0: the query is the number; 1: the digits of the number; 2: a phrase of the title; 3: all
 * its words are in the title; 4: it is a phrase of the description; 5: of a comment; 6: its words are in these texts.
 */
const rankOf = (q: string) => sql`case
  when ${tasks.number} = upper(${q}) then 0
  when ${tasks.number} like '%-' || ${q} and ${q} ~ '^[0-9]+$' then 1
  when strpos(' ' || s.title, ' ' || asked.plain) > 0 and ${hasLetters} then 2
  when s.title like all(asked.parts) and ${hasLetters} then 3
  when strpos(s.body, asked.plain) > 0 then case when s.id = s.task_id then 4 else 5 end
  else 6 end`

/** Where in a text the first word of the query is; one of one letter, if possible, between blanks. */
const placeOfFirst = sql`(select coalesce(case when length(word) = 1 then nullif(strpos(' ' || hit.body || ' ', ' ' || word || ' '), 0) end,
  strpos(hit.body, word))::bigint from split_part(hit.plain, ' ', 1) word)`

/** The original text around the first match: an estimated place, as the compared text may have another length. */
const windowOf = (text: SQL) => sql`substr(${text}, greatest(1, (
  ${placeOfFirst} * length(left(${text}, 20000)) / greatest(1, length(hit.body)))::int - ${sql.raw(String(WINDOW / 2))}), ${sql.raw(String(WINDOW))})`

/** The best texts first, and of equally good ones the newest tasks. */
export const selectHits = ({ db }: Ctx, query: Query) => {
  const { id, project_id, number, title, status, priority, assignee_ids, due_date, completed_at, updated_at } = tasks
  const shown = { id, project_id, number, title, status, priority, assignee_ids, due_date, completed_at, updated_at }
  const where = and(
    isNull(tasks.deleted_at),
    isOn(query.archived) ? undefined : isNull(tasks.archived_at),
    sql`${tasks.project_id} = any(asked.ids)`,
    filterOf(query),
  )
  const beyond = query.after
    ? sql`where rank > ${query.after[0]} or (rank = ${query.after[0]} and id < ${query.after[1]}::uuid)`
    : sql``
  return db.readOnly.execute<Found>(sql`with ${askedCte(query)}, ${numberedCte(query)}, ${foundCtes},
    ranked as (
      select distinct on (${tasks.id}) ${tasks.id} as id, s.id as text_id, s.body, asked.plain, ${rankOf(query.q)} as rank
      from asked cross join found s join ${tasks} on ${tasks.id} = s.task_id where ${where}
      order by ${tasks.id}, rank, s.id desc),
    page as (select * from ranked ${beyond} order by rank, id desc limit ${query.limit + 1})
    select (select too_many or (select count(*) from matching) > ${RANKED} from asked) as incomplete,
      hit.rank, case when hit.id is not null then ${rowJson(shown)} end as task, ${comments.id} as comment_id,
      case when ${comments.id} is not null then ${windowOf(sql`${comments.body}`)} when hit.rank > 3 then ${windowOf(sql`${tasks.description}`)} end as inside
    from (values (1)) always left join page hit on true left join ${tasks} on ${tasks.id} = hit.id
      left join ${comments} on ${comments.id} = hit.text_id order by hit.rank, hit.id desc`)
}
