import { useEffect, useState } from 'preact/hooks'
import { announce } from '../announce.tsx'
import { api, dataOf, type User } from '../client.ts'
import { Confirm } from '../confirm.tsx'
import { editOf, editsUnder, keepEdit, useEdit } from '../drafts.ts'
import { formatAgo, formatMoment } from '../format.ts'
import { useAct, useLoaded, useReadable } from '../hooks.ts'
import { loadPages } from '../pages.ts'
import { Avatar } from '../parts.tsx'
import { t } from '../strings.ts'
import { PartFailure } from './part-failure.tsx'
import type { CardProps } from './props.ts'
import { Prose } from './prose.tsx'
import { Writer } from './writer.tsx'

const editsOf = (task: string) => `${task}:edit:`
const placeOf = ({ task_id, id }: { task_id: string; id: string }) => editsOf(task_id) + id

/** The ids of the comments of a card that are being edited here, perhaps since before a reload. */
const editedOn = (task: string) => editsUnder(editsOf(task)).map(([place]) => place.slice(editsOf(task).length))

/** Whether a list has no comment with an id. */
const lacks = (comments: readonly { id: string }[], id: string) => comments.every((comment) => comment.id !== id)

/**
 * Comments that this user is editing and that were not in the thread when all of it was loaded: they were deleted. No
 * more pages need to be loaded to find them.
 */
const gone = new Set<string>()

/**
 * The newest `pages` pages of comments, the oldest comment first. Comments that are being edited are among them, unless
 * they were deleted.
 */
const loadComments = async (id: string, pages: number) => {
  const edited = editedOn(id).filter((one) => !gone.has(one))
  const { items, hasMore } = await loadPages(
    async (after) => {
      const query = { sort: '-created_at' as const, limit: 30, ...after }
      return dataOf(await api.GET('/tasks/{id}/comments', { params: { path: { id }, query } }))
    },
    pages,
    (found) => edited.some((one) => lacks(found, one)),
  )
  if (!hasMore) for (const one of edited) if (lacks(items, one)) gone.add(one)
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

type NewProps = { board: CardProps['board']; place: string; onSend: (body: string) => void }

function NewComment({ board, place, onSend }: NewProps) {
  const { text, write } = useEdit(place, '')
  const send = (body: string) => {
    onSend(body)
    write('')
  }
  return (
    <Writer
      board={board}
      text={text}
      onText={write}
      label={t.dialog.writeComment}
      action={t.dialog.sendComment}
      onSend={send}
    />
  )
}

/** The edited text of a comment that was deleted meanwhile. It can be sent as a new comment. */
function LostEdit({ board, place, user, onSend, onDone }: NewProps & { user: User; onDone: () => void }) {
  const { text, write, forget } = useEdit(place, '')
  useEffect(() => announce(t.dialog.commentGone), [])
  const end = () => {
    forget()
    onDone()
  }
  const send = (body: string) => {
    onSend(body)
    end()
  }
  return (
    <li class="comment">
      <Avatar id={user.id} name={user.name} />
      <div class="part">
        <p class="told">{t.dialog.commentGone}</p>
        <Writer
          board={board}
          text={text}
          onText={write}
          label={t.refusals.yourText}
          action={t.dialog.sendAsNew}
          onSend={send}
          cancel={t.dialog.discard}
          onCancel={end}
        />
      </div>
    </li>
  )
}

export function Comments({ open, board, task, user, rights, events, mayComment }: CardProps & { mayComment: boolean }) {
  const [pages, setPages] = useState(1)
  const { data, error, isLoading, reload } = useLoaded(
    () => loadComments(task.id, pages),
    [task.id, events.changes.comment, pages],
  )
  const sent = useReadable(open).comments.filter(({ task_id }) => task_id === task.id)
  const send = (body: string) => {
    void open.comment(task.id, body).done.then(reload) // the client keeps it, and sends it until there is an answer
    announce(t.announce.commented)
  }
  const { comments = [], hasMore = false } = data ?? {}
  const lost = data && mayComment ? editedOn(task.id).filter((id) => lacks(comments, id)) : []
  return (
    <section class="part" aria-busy={isLoading}>
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
        {lost.map((id) => (
          <LostEdit
            key={id}
            board={board}
            place={placeOf({ task_id: task.id, id })}
            user={user}
            onSend={send}
            onDone={reload}
          />
        ))}
        {sent.map(({ key, body }) => (
          <SentItem key={key} body={body} user={user} />
        ))}
      </ul>
      {mayComment && <NewComment board={board} place={`${task.id}:comment`} onSend={send} />}
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
  const place = placeOf(comment)
  const [wantsToEdit, setEditing] = useState<'now' | 'before' | undefined>(editOf(place) && 'before')
  const editing = isMine ? wantsToEdit : undefined // the role may change while somebody writes: the draft is kept
  const [asking, setAsking] = useState(false)
  const remove = useAct(async () => {
    setAsking(false)
    dataOf(await api.DELETE('/comments/{id}', { params: { path: { id: comment.id } } }))
    keepEdit(place, undefined)
    onChanged()
  }, t.dialog.commentDeleted)
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
          {isMine && !editing && (
            <button type="button" class="quiet" onClick={() => setEditing('now')}>
              {t.edit}
            </button>
          )}
          {(isMine || mayDelete) && (
            <button type="button" class="quiet" aria-disabled={remove.busy} onClick={() => setAsking(true)}>
              {t.delete}
            </button>
          )}
        </div>
        {editing ? (
          <Editor
            comment={comment}
            board={board}
            focus={editing === 'now'}
            onChanged={onChanged}
            onDone={() => setEditing(undefined)}
          />
        ) : (
          <Prose text={comment.body} />
        )}
      </div>
      {asking && (
        <Confirm
          title={t.dialog.deleteComment}
          text={t.dialog.reallyDeleteComment}
          onConfirm={() => void remove.run()}
          onClose={() => setAsking(false)}
        />
      )}
    </li>
  )
}

type EditorProps = Pick<ItemProps, 'comment' | 'board' | 'onChanged'> & { focus: boolean; onDone: () => void }

/** Nothing is overwritten unseen: if the comment was changed meanwhile, in another window, both texts are shown. */
function Editor({ comment, board, focus, onChanged, onDone }: EditorProps) {
  const { id, body, seq } = comment
  const { text, write, theirs, forget } = useEdit(placeOf(comment), body)
  const close = () => {
    forget()
    onDone()
  }
  const save = useAct(async (text: string) => {
    const params = { path: { id }, header: { 'If-Match': `"${seq}"` } }
    const answer = await api.PATCH('/comments/{id}', { params, body: { body: text } })
    onChanged()
    if ([404, 412].includes(answer.response.status)) return // the comment is shown as it is now, or as deleted
    dataOf(answer)
    announce(t.announce.saved)
    close()
  })
  return (
    <div class="part">
      {theirs !== undefined && (
        <div class="told" role="status">
          <p>{t.dialog.commentChanged}</p>
          <Prose text={theirs} />
        </div>
      )}
      <Writer
        board={board}
        text={text}
        onText={write}
        label={t.dialog.editComment}
        action={theirs === undefined ? t.save : t.refusals.overwrite}
        onSend={(text) => void save.run(text)}
        sendByKey={theirs === undefined}
        busy={save.busy}
        cancel={theirs === undefined ? t.cancel : t.dialog.discard}
        onCancel={close}
        focus={focus}
      />
    </div>
  )
}
