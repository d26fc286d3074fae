import { useEffect, useRef, useState } from 'preact/hooks'
import type { BoardColumn, BoardTask, OpenBoard } from '../client.ts'
import { showErrorOf } from '../hooks.ts'
import { Icon } from '../parts.tsx'
import { t } from '../strings.ts'
import { type CardContext, CardItem } from './card.tsx'
import type { Hold } from './drag.ts'
import { makeDraggable } from './draggable.ts'
import { type Filter, fits, isFiltering } from './filter.ts'
import { memo } from './memo.ts'
import { QuickAdd } from './quick-add.tsx'
import { isAtLeast, type Rights } from './rights.ts'
import { useVirtual } from './virtual.ts'

type Props = {
  open: OpenBoard
  column: BoardColumn
  filter: Filter
  /** A card is dragged, so the column is drawn as it was when that began: cards loaded now would not be shown. */
  isDragging: boolean
  /** Ids of cards that are drawn even when they are not in view. */
  pins: string[]
  context: CardContext
  hold: Hold
  rights: Rights
  onEdit: (column: BoardColumn) => void
}

const isSame = (a: Props, b: Props) =>
  a.column === b.column &&
  a.filter === b.filter &&
  a.isDragging === b.isDragging &&
  a.pins.join() === b.pins.join() &&
  a.rights.role === b.rights.role &&
  a.rights.archived === b.rights.archived &&
  a.context.board.labels === b.context.board.labels &&
  a.context.board.members === b.context.board.members &&
  a.context.presence === b.context.presence &&
  a.context.day === b.context.day

/** Drawn again only when `isSame` finds a difference. Cards are compared in their own component. */
export const Column = memo(ColumnView, isSame)

/** What a column says that shows no card. A card that fits a filter may not be loaded yet. */
const emptyTextOf = ({ next_cursor }: BoardColumn, filtered: boolean) =>
  filtered ? (next_cursor === null ? t.board.emptyMatch : t.board.emptyLoaded) : t.board.empty

function ColumnView({ rights, onEdit, filter, ...props }: Props) {
  const { open, column, context } = props
  const filtered = isFiltering(filter)
  const shown = column.tasks.filter((task) => fits(task, filter))
  return (
    <section
      class="column"
      aria-label={t.board.column(column.name, t.board.count(column.task_count))}
      data-color={column.color ? '' : undefined}
    >
      <ColumnHead column={column} onEdit={isAtLeast(rights, 'editor') ? () => onEdit(column) : undefined} />
      <Cards {...props} shown={shown} filtered={filtered} />
      {shown.length === 0 && <p class="nothing">{emptyTextOf(column, filtered)}</p>}
      {context.movable && <QuickAdd open={open} column={column} filter={filter} />}
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

/** Makes the cards draggable if `allowed`. Not while a filter hides cards: a drop depends on all of them. */
function useDragging(open: OpenBoard, hold: Hold, allowed: boolean) {
  const list = useRef<HTMLUListElement>(null)
  useEffect(
    () => (allowed && list.current ? makeDraggable(list.current, open, hold) : undefined),
    [allowed, open, hold],
  )
  return list
}

/** More cards are loaded as soon as one of the last LOAD_AHEAD cards in the list is drawn. */
const LOAD_AHEAD = 20
/**
 * A filter looks at the cards that are loaded: while there is one, this many of each column are loaded without a
 * button.
 */
const LOAD_FOR_FILTER = 1_000
/** The most that a filter loads of the whole board: each request counts against the person's limit. */
const LOAD_FOR_FILTER_IN_ALL = 4_000

/** Loads more of a long column while that is wanted, until a load fails: then a button does so. */
function useMore(open: OpenBoard, column: BoardColumn, isWanted: boolean) {
  const [state, setState] = useState<'idle' | 'busy' | 'failed'>('idle')
  const load = () => {
    if (state === 'busy') return
    setState('busy')
    open.loadMore(column.key).then(
      () => setState('idle'),
      (error: unknown) => {
        showErrorOf(error)
        setState('failed')
      },
    )
  }
  const isMore = column.next_cursor !== null
  useEffect(() => {
    if (isMore && isWanted && state === 'idle') load()
  }, [isMore, isWanted, state])
  return { isMore, state, load }
}

type CardsProps = Omit<Props, 'rights' | 'onEdit' | 'filter'> & { shown: BoardTask[]; filtered: boolean }

function Cards({ open, column, shown, filtered, isDragging, pins, context, hold }: CardsProps) {
  const { scroller, drawn, height, measure } = useVirtual(shown, pins)
  const list = useDragging(open, hold, context.movable && !filtered)
  const isNearEnd = !isDragging && (drawn.at(-1)?.index ?? 0) >= shown.length - LOAD_AHEAD
  const isOffline = open.getSnapshot().status === 'offline'
  const most = Math.min(LOAD_FOR_FILTER, LOAD_FOR_FILTER_IN_ALL / context.board.columns.length)
  const isWanted = filtered ? column.tasks.length < most && !isOffline : isNearEnd
  const { isMore, state, load } = useMore(open, column, isWanted)
  const count = filtered ? shown.length : column.task_count
  return (
    <>
      <div class="cards" ref={scroller}>
        <ul ref={list} data-column={column.key} data-loaded={column.tasks.length} style={{ height: `${height}px` }}>
          {drawn.map(({ index, start }) => {
            const task = shown[index]
            return task && <CardItem key={task.id} {...{ task, context, index, count, measure }} top={start} />
          })}
        </ul>
      </div>
      {isMore && ((filtered && !isWanted) || state === 'failed') && (
        <div class="load-more">
          <span class="muted">{t.board.loaded(column.tasks.length, column.task_count)}</span>
          <button type="button" class="quiet" aria-disabled={state === 'busy'} onClick={load}>
            {t.board.loadMore(Math.min(column.task_count - column.tasks.length, 100))}
          </button>
        </div>
      )}
    </>
  )
}
