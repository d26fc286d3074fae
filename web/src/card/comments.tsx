import { useState } from 'preact/hooks'
import { announce } from '../announce.tsx'
import { api, dataOf, type User } from '../client.ts'
import { formatAgo, formatMoment } from '../format.ts'
import { useAct, useLoaded, useReadable } from '../hooks.ts'
import { loadPages } from '../pages.ts'
import { Avatar } from '../parts.tsx'
import { t } from '../strings.ts'
import { PartFailure } from './part-failure.tsx'
import type { CardProps } from './props.ts'
import { Prose } from './prose.tsx'
import { Writer } from './writer.tsx'

/** The newest `pages` pages of comments, the oldest comment first. */
const loadComments = async (id: string, pages: number) => {
  const { items, hasMore } = await loadPages(async (after) => {
    const query = { sort: '-created_at' as const, limit: 30, ...after }
    return dataOf(await api.GET('/tasks/{id}/comments', { params: { path: { id }, query } }))
  }, pages)
  return { comments: items.toReversed(), hasMore }
}
type Comment = Awaited<ReturnType<typeof loadComments>>['comments'][number]

/** A comment of the user that the server does not have yet. */
const SentItem = ({ body, user }: { body: string; user: User }) => (
  <li class="comment">
    <Avatar id={user.id} name={user.name} />
    <div>
      <div class="comment-head">
        <strong>{user.name}</strong> <span class="muted">{t.card.sending}</span>
      </div>
      <Prose text={body} />
    </div>
  </li>
)

export function Comments({ open, board, task, user, rights, events, mayComment }: CardProps & { mayComment: boolean }) {
  const [pages, setPages] = useState(1)
  const { data, error, reload } = useLoaded(
    () => loadComments(task.id, pages),
    [task.id, events.changes.comment, pages],
  )
  const sent = useReadable(open).comments.filter(({ task_id }) => task_id === task.id)
  const send = (body: string) => {
    void open.comment(task.id, body).done.then(reload)
    announce(t.announce.commented)
    return true // the client keeps it, and sends it again until there is an answer
  }
  const { comments = [], hasMore = false } = data ?? {}
  return (
    <section class="part">
      <h3>{t.dialog.comments}</h3>
      <PartFailure error={error} reload={reload} />
      {hasMore && (
        <button type="button" class="quiet" onClick={() => setPages(pages + 1)}>
          {t.more}
        </button>
      )}
      {data && comments.length + sent.length === 0 && <p class="muted">{t.dialog.noComments}</p>}
      <ul class="comments">
        {comments.map((comment) => (
          <CommentItem
            key={comment.id}
            comment={comment}
            isMine={comment.user_id === user.id && mayComment}
            mayDelete={rights.role === 'manager' && mayComment}
            onChanged={reload}
            board={board}
          />
        ))}
        {sent.map(({ key, body }) => (
          <SentItem key={key} body={body} user={user} />
        ))}
      </ul>
      {mayComment && (
        <Writer
          board={board}
          place={`comment:${task.id}:${user.id}`}
          label={t.dialog.writeComment}
          action={t.dialog.sendComment}
          onSend={send}
        />
      )}
    </section>
  )
}

type ItemProps = {
  comment: Comment
  isMine: boolean
  mayDelete: boolean
  board: CardProps['board']
  onChanged: () => void
}

function CommentItem({ comment, isMine, mayDelete, board, onChanged }: ItemProps) {
  const [editing, setEditing] = useState(false)
  const path = { id: comment.id }
  const edit = useAct(async (body: string) => {
    dataOf(await api.PATCH('/comments/{id}', { params: { path }, body: { body } }))
    setEditing(false)
    onChanged()
  })
  const remove = useAct(async () => {
    dataOf(await api.DELETE('/comments/{id}', { params: { path } }))
    onChanged()
  })
  const name = comment.user?.name ?? t.formerMember
  return (
    <li class="comment">
      <Avatar id={comment.user_id ?? ''} name={name} />
      <div>
        <div class="comment-head">
          <strong>{name}</strong>
          <time dateTime={comment.created_at} title={formatMoment(comment.created_at)}>
            {formatAgo(comment.created_at)}
          </time>
          {comment.edited_at && <span class="muted">{t.dialog.edited}</span>}
          {isMine && (
            <button type="button" class="quiet" onClick={() => setEditing(!editing)}>
              {t.edit}
            </button>
          )}
          {(isMine || mayDelete) && (
            <button type="button" class="quiet" disabled={remove.busy} onClick={() => void remove.run()}>
              {t.delete}
            </button>
          )}
        </div>
        {editing ? (
          <Writer
            board={board}
            place={`edit:${comment.id}`}
            first={comment.body}
            label={t.dialog.writeComment}
            action={t.save}
            onSend={edit.run}
            onCancel={() => setEditing(false)}
          />
        ) : (
          <Prose text={comment.body} />
        )}
      </div>
    </li>
  )
}
