import type { Notification, OpenInbox } from './client.ts'
import { formatAgo, formatMoment } from './format.ts'
import { useAct, useReadable } from './hooks.ts'
import { Dialog, EmptyState, Failure, Loading } from './parts.tsx'
import { hrefs } from './routes.ts'
import { t } from './strings.ts'

const textOf = (value: unknown) => (typeof value === 'string' || typeof value === 'number' ? String(value) : '')

/** What happened, in a sentence. Titles of cards are quoted. A kind may be newer than this page. */
function sentenceOf({ kind, actor, data }: Notification): string {
  const count = typeof data.count === 'number' ? data.count : undefined
  const card = count === undefined ? `${textOf(data.number)} “${textOf(data.title)}”` : t.inbox.cards(count)
  const what = Object.hasOwn(t.inbox.what, kind) ? t.inbox.what[kind] : t.inbox.other
  return what(actor?.name ?? t.somebody, card, textOf(data.project_name))
}

/** Where the user can do something about it. */
function addressOf({ kind, project_id, task_id }: Notification): string {
  if (task_id) return hrefs.card(project_id, task_id)
  return kind === 'webhook_paused' || kind === 'webhook_removed' ? hrefs.setup(project_id) : hrefs.board(project_id)
}

function Item({ item, onRead }: { item: Notification; onRead: () => void }) {
  return (
    <li class={item.read_at ? '' : 'unread'}>
      <a href={addressOf(item)} onClick={onRead}>
        {!item.read_at && <span class="unseen">{t.inbox.unread}: </span>}
        {sentenceOf(item)}
      </a>
      <time dateTime={item.created_at} title={formatMoment(item.created_at)}>
        {formatAgo(item.created_at)}
      </time>
    </li>
  )
}

export function Inbox({ inbox, onClose }: { inbox: OpenInbox; onClose: () => void }) {
  const { status, items, unread_count, has_more } = useReadable(inbox)
  const readAll = useAct(() => inbox.readAll())
  const more = useAct(() => inbox.loadMore())
  const read = useAct((id: string) => inbox.read(id))
  return (
    <Dialog title={t.inbox.title} onClose={onClose}>
      {status === 'loading' && <Loading />}
      {status === 'ended' && <Failure error={undefined} />}
      {status !== 'loading' && items.length === 0 && (
        <EmptyState title={t.inbox.empty}>
          <p>{t.inbox.emptyLead}</p>
        </EmptyState>
      )}
      <ul class="inbox">
        {items.map((item) => (
          <Item
            key={item.id}
            item={item}
            onRead={() => {
              if (!item.read_at) void read.run(item.id)
              onClose()
            }}
          />
        ))}
      </ul>
      <div class="actions">
        {has_more && (
          <button type="button" aria-disabled={more.busy} onClick={() => void more.run()}>
            {t.more}
          </button>
        )}
        {unread_count > 0 && (
          <button type="button" aria-disabled={readAll.busy} onClick={() => void readAll.run()}>
            {t.inbox.readAll}
          </button>
        )}
      </div>
    </Dialog>
  )
}
