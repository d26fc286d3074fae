import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks'
import { announce } from '../announce.tsx'
import type { Board, BoardColumn, BoardSnapshot, BoardTask, OpenBoard, User } from '../client.ts'
import { Icon } from '../parts.tsx'
import { t } from '../strings.ts'
import { type CardContext, CardItem } from './card.tsx'
import { ColumnDialog } from './column-dialog.tsx'
import { type Hold, makeSortable } from './drag.ts'
import { type Filter, fits, isFiltering } from './filter.ts'
import { MoveDialog } from './move-dialog.tsx'
import { DIRECTIONS, type Direction, neighbour, step } from './moves.ts'
import { QuickAdd } from './quick-add.tsx'
import { atLeast, mayEdit, type Rights } from './rights.ts'

type Props = {
  open: OpenBoard
  board: Board
  filter: Filter
  rights: Rights
  presence: BoardSnapshot['presence']
  user: User
}

const linkOf = (id: string) => document.querySelector<HTMLElement>(`[data-id="${CSS.escape(id)}"] a`)

/** The card that has the focus keeps it when a move takes it to another column, where it is another element. */
function useKeptFocus(): void {
  const active = document.activeElement?.closest<HTMLElement>('[data-id]')?.dataset.id
  useLayoutEffect(() => {
    if (active === undefined || document.activeElement !== document.body) return
    linkOf(active)?.focus({ preventScroll: true })
    linkOf(active)?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
  })
}

/** The board to draw: while a card is dragged, the one from when that began. */
function useHeld(board: Board): [Board, Hold] {
  const [held, setHeld] = useState<Board>()
  const latest = useRef(board)
  latest.current = board
  const hold = useMemo<Hold>(() => ({ begin: () => setHeld(latest.current), end: () => setHeld(undefined) }), [])
  return [held ?? board, hold]
}

/** Arrow keys take the focus from card to card; with Ctrl, they take the card along. */
function goOn(event: KeyboardEvent, lists: BoardTask[][], move: (id: string, direction: Direction) => boolean): void {
  const { target, key, altKey, shiftKey, ctrlKey, metaKey } = event
  const id = target instanceof HTMLElement ? target.closest<HTMLElement>('[data-id]')?.dataset.id : undefined
  const direction = DIRECTIONS[key as keyof typeof DIRECTIONS]
  if (!id || !direction || altKey || shiftKey) return
  event.preventDefault()
  if (ctrlKey || metaKey) {
    if (!move(id, direction)) announce(t.move.edge)
    return
  }
  const next = neighbour(lists, id, direction)
  if (next) linkOf(next)?.focus()
}

export function Columns(props: Props) {
  const { open, filter, rights, presence, user } = props
  const [board, hold] = useHeld(props.board)
  const [moving, setMoving] = useState<string>()
  const [editing, setEditing] = useState<BoardColumn | 'new'>()
  useKeptFocus()
  const context: CardContext = { board, presence, me: user.id, movable: mayEdit(rights), onMove: setMoving }
  const columns = board.columns.map((column) => ({ column, shown: column.tasks.filter((task) => fits(task, filter)) }))
  const pressed = (event: KeyboardEvent) => {
    const lists = columns.map(({ shown }) => shown)
    goOn(event, lists, (id, direction) => context.movable && step(open, board, id, direction))
  }
  return (
    <section class="columns" aria-label={t.board.title(board.project.name)} aria-describedby="keys" onKeyDown={pressed}>
      <p id="keys" class="unseen">
        {t.board.keys}
      </p>
      {columns.map(({ column, shown }) => (
        <Column
          key={column.id}
          {...{ open, column, context, hold, rights }}
          shown={shown}
          filtered={isFiltering(filter)}
          onEdit={() => setEditing(column)}
        />
      ))}
      {atLeast(rights, 'editor') && (
        <button type="button" class="add-column" onClick={() => setEditing('new')}>
          <Icon name="plus" /> {t.board.addColumn}
        </button>
      )}
      {moving && <MoveDialog open={open} board={props.board} id={moving} onClose={() => setMoving(undefined)} />}
      {editing && (
        <ColumnDialog
          board={props.board}
          column={editing === 'new' ? undefined : editing}
          onClose={() => setEditing(undefined)}
        />
      )}
    </section>
  )
}

type ColumnProps = {
  open: OpenBoard
  column: BoardColumn
  shown: BoardColumn['tasks']
  filtered: boolean
  context: CardContext
  hold: Hold
  rights: Rights
  onEdit: () => void
}

/** A filter hides neighbours, and a drop names neighbours: so cards are dragged on the whole board only. */
function useDragging(open: OpenBoard, hold: Hold, allowed: boolean) {
  const list = useRef<HTMLUListElement>(null)
  useEffect(() => (allowed && list.current ? makeSortable(list.current, open, hold) : undefined), [allowed, open, hold])
  return list
}

function Column({ open, column, shown, filtered, context, hold, rights, onEdit }: ColumnProps) {
  const list = useDragging(open, hold, context.movable && !filtered)
  return (
    <section
      class="column"
      aria-label={t.board.column(column.name, t.board.count(column.task_count))}
      data-color={column.color ? '' : undefined}
    >
      <ColumnHead column={column} onEdit={atLeast(rights, 'editor') ? onEdit : undefined} />
      <ul class="cards" ref={list} data-column={column.key}>
        {shown.map((task) => (
          <CardItem key={task.id} task={task} context={context} />
        ))}
      </ul>
      {shown.length === 0 && <p class="nothing">{filtered ? t.board.emptyMatch : t.board.empty}</p>}
      <LoadMore open={open} column={column} />
      {context.movable && <QuickAdd open={open} column={column} />}
    </section>
  )
}

function ColumnHead({ column, onEdit }: { column: BoardColumn; onEdit: (() => void) | undefined }) {
  const { name, task_count, wip_limit, wip_mode } = column
  const over = wip_limit !== null && task_count > wip_limit
  const full = wip_limit !== null && wip_mode === 'block' && task_count >= wip_limit
  return (
    <header class="column-head">
      <h2>{name}</h2>
      <span class={`count${over ? ' over' : full ? ' full' : ''}`}>
        <span aria-hidden="true">{wip_limit === null ? task_count : t.board.limit(task_count, wip_limit)}</span>
        <span class="unseen">
          {wip_limit === null ? t.board.count(task_count) : t.board.limitLabel(task_count, wip_limit)}
        </span>
      </span>
      {(over || full) && <span class="count-word">{over ? t.board.over : t.board.full}</span>}
      {onEdit && (
        <button type="button" class="quiet square column-menu" aria-label={t.board.columnMenu(name)} onClick={onEdit}>
          <Icon name="pencil" />
        </button>
      )}
    </header>
  )
}

function LoadMore({ open, column }: { open: OpenBoard; column: BoardColumn }) {
  const left = column.task_count - column.tasks.length
  const [busy, setBusy] = useState(false)
  if (left <= 0 || column.next_cursor === null) return null
  const load = () => {
    setBusy(true)
    open.loadMore(column.key).finally(() => setBusy(false))
  }
  return (
    <button type="button" class="quiet" disabled={busy} onClick={load}>
      {t.board.loadMore(Math.min(left, 100))}
    </button>
  )
}
