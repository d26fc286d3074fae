import * as z from 'zod'
import type { Ctx } from '../../context.ts'
import { fromJson } from '../../db/json.ts'
import { decodeCursor, toPage } from '../../lib/page.ts'
import { read } from '../../transaction/read.ts'
import * as q from './queries.ts'
import type { Search } from './schema.ts'
import { snippetOf } from './snippet.ts'

/** Tasks whose texts contain all the words, or that have the number, in a project or in all of mine. */
export async function searchTasks(ctx: Ctx, { cursor, ...query }: Search) {
  const after = decodeCursor(cursor, z.tuple([z.int32(), z.uuid()]))
  const { project_id } = query
  const statements = [q.limitTime(ctx), q.selectHits(ctx, { ...query, me: ctx.actor.user_id, after })] as const
  const [, { rows }] = await read(ctx, project_id ? { project: project_id } : 'anyone', [...statements])
  const hits = rows.flatMap((row) => {
    if (row.task === null) return []
    const { rank, task, comment_id, inside } = row
    const found = fromJson(task)
    const field = comment_id ? 'comment' : inside === null ? 'title' : 'description'
    const snippet = snippetOf(field, inside ?? found.title, query.q)
    return [{ rank: Number(rank), ...found, comment_id, snippet }]
  })
  const { items, next_cursor } = toPage(hits, query.limit, ({ rank, id }) => [rank, id])
  const incomplete = rows[0]?.incomplete && { incomplete: true as const }
  return { items: items.map(({ rank: _, ...hit }) => hit), next_cursor, ...incomplete }
}
