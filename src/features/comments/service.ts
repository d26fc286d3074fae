import { v7 as uuid } from 'uuid'
import * as z from 'zod'
import type { Ctx } from '../../context.ts'
import { comments } from '../../db/schema.ts'
import { moment } from '../../lib/fields.ts'
import { decodeCursor, PAGE_BYTES, toSizedPage } from '../../lib/page.ts'
import { type Expected, requireVersion } from '../../transaction/expect-version.ts'
import { read } from '../../transaction/read.ts'
import { write } from '../../transaction/write.ts'
import { oneOrNotFound, toWriteResult } from '../../transaction/write-result.ts'
import * as q from './queries.ts'
import type { ListComments, WriteComment } from './schema.ts'

const CursorKey = z.tuple([moment, z.uuid()])

export async function listComments(ctx: Ctx, task: string, { cursor, ...input }: ListComments) {
  const after = decodeCursor(cursor, CursorKey)
  const [rows] = await read(ctx, { task }, [q.selectThread(ctx.db.readOnly, { ...input, task, after }, PAGE_BYTES)])
  return toSizedPage(rows, input.limit, ({ created_at, id }) => [created_at, id])
}

/** Adds a comment to a task. Members whom it mentions are notified. */
export async function createComment(ctx: Ctx, task: string, { body }: WriteComment) {
  const { primary } = ctx.db
  const { QUOTA_COMMENTS: quota, QUOTA_TASK_COMMENTS: task_quota } = ctx.config
  const id = uuid()
  const insert = q.insertComment(primary, { id, user_id: ctx.actor.user_id, task_id: task, body, quota, task_quota })
  const answer = { status: 201, body: q.commentJson(id) } as const
  const written = await write(ctx, { task, role: 'commenter' }, [insert, q.selectComment(primary, id)], answer)
  return toWriteResult(oneOrNotFound(written.results[1]), written)
}

/** Replaces the text of one's own comment. Members whom it did not mention before are notified. */
export async function updateComment(ctx: Ctx, id: string, { body }: WriteComment, if_match?: Expected) {
  const { primary } = ctx.db
  const written = await write(ctx, { comment: id, role: 'commenter' }, [
    q.requireAuthor(primary, id, 'edit'),
    requireVersion(ctx, comments, q.isComment(id), if_match),
    q.updateComment(primary, id, body),
    q.selectComment(primary, id),
  ])
  return toWriteResult(oneOrNotFound(written.results[3]), written)
}

/** Deletes one's own comment; a manager may delete any. Its text remains only in events that were sent before. */
export function deleteComment(ctx: Ctx, id: string, if_match?: Expected) {
  const { primary } = ctx.db
  return write(ctx, { comment: id, role: 'commenter' }, [
    q.requireAuthor(primary, id, 'delete'),
    requireVersion(ctx, comments, q.isComment(id), if_match),
    q.deleteComment(primary, id),
  ])
}
