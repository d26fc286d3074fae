import Sortable from 'sortablejs'
import { announce, showError } from '../announce.tsx'
import type { Board, OpenBoard } from '../client.ts'
import { t } from '../strings.ts'
import { type DropPlace, followPointer } from './drop-place.ts'
import { findTask, moveTo } from './moves.ts'

/*
 * Dragging with mouse and touch. sortablejs reports when a card is taken and let go, shows it under the pointer, and
 * scrolls the columns. It moves no element (`sort: false`), as long columns draw only some of their cards. A line shows
 * where the card would go. Until the drop the board is drawn as it was when the drag began; then with what has happened
 * since, and with the move. Loaded by draggable.ts.
 */

export type Hold = {
  /** Freezes the drawn board while the card with this id is dragged. Returns that board. */
  begin(card: string): Board
  /** Draws the current board again. */
  end(): void
}

/** `originalEvent`: the pointer move that began the drag, which may be far from the place of the press. */
type StartEvent = Sortable.SortableEvent & { originalEvent: MouseEvent }

type Drag = { id: string; title: string; board: Board; letGo: () => DropPlace | undefined }

/** The ids of the cards above a place, the nearest first. */
function idsAbove({ column, above }: DropPlace, board: Board): string[] {
  const tasks = board.columns.find(({ key }) => key === column)?.tasks ?? []
  const index = tasks.findIndex(({ id }) => id === above)
  return tasks
    .slice(0, index + 1)
    .reverse()
    .map(({ id }) => id)
}

/** Moves the card to the place where it was dropped, on the board as it is now. */
function dropCard(open: OpenBoard, { id, title, board: old }: Drag, place: DropPlace): void {
  const { board } = open.getSnapshot()
  const found = findTask(board, id)
  const column = board?.columns.find(({ key }) => key === place.column)
  if (!found || !column) {
    showError(t.move.gone(title))
    return
  }
  // The card above the place may have left the column meanwhile: then the next one above it counts.
  const indices = new Map(column.tasks.filter((task) => task.id !== id).map((task, index) => [task.id, index]))
  const ahead = idsAbove(place, old).find((id) => indices.has(id))
  const index = ahead === undefined ? 0 : (indices.get(ahead) as number) + 1
  if (found.column.key === column.key && found.index === index) return
  moveTo(open, found.task, column, index)
}

/** Makes the cards of a list draggable to any list of the board. Returns a function that ends this. */
export function makeSortable(list: HTMLElement, open: OpenBoard, hold: Hold): () => void {
  let drag: Drag | undefined
  const letGo = () => {
    for (const end of END_EVENTS) removeEventListener(end, endLater)
    removeEventListener('keydown', cancelOnEscape, true)
    const place = drag?.letGo()
    drag = undefined
    hold.end()
    return place
  }
  // If the dragged element was removed, the library may not report the end of a touch: this ends the drag as well.
  const endLater = () => setTimeout(() => drag && letGo(), 400)
  // The library ends the drag only when the pointer is released. Until then, nothing of the drag is shown.
  const cancelOnEscape = (event: KeyboardEvent) => {
    if (event.key !== 'Escape' || !drag) return
    event.preventDefault()
    announce(t.move.cancelled(drag.title))
    letGo()
    document.querySelector('.card.dragged')?.remove()
    list.querySelector('.card.ghost')?.classList.remove('ghost')
  }
  const sortable = Sortable.create(list, {
    ...OPTIONS,
    onStart: (started) => {
      const { item, originalEvent } = started as StartEvent
      const { id = '', title = '' } = item.dataset
      drag = { id, title, board: hold.begin(id), letGo: followPointer(item, originalEvent) }
      announce(t.move.dragging(title))
      for (const end of END_EVENTS) addEventListener(end, endLater)
      addEventListener('keydown', cancelOnEscape, true)
    },
    onEnd: () => {
      setTimeout(freeNextClick)
      if (!drag) return
      const dropped = drag
      const place = letGo()
      if (place) dropCard(open, dropped, place)
    },
  })
  return () => {
    sortable.destroy()
    if (drag) letGo()
  }
}

/**
 * The library suppresses the click that ends a drag. If the card was drawn elsewhere meanwhile, there is no such click,
 * and the library would suppress the user's next click. It gets this one instead.
 */
const freeNextClick = () => document.dispatchEvent(new MouseEvent('click'))

const END_EVENTS = ['pointerup', 'touchend', 'touchcancel']

const OPTIONS: Sortable.Options = {
  draggable: '.card',
  sort: false,
  filter: 'button, input, textarea',
  preventOnFilter: false,
  delay: 150,
  delayOnTouchOnly: true,
  touchStartThreshold: 5,
  forceFallback: true,
  fallbackTolerance: 5,
  fallbackOnBody: true,
  ghostClass: 'ghost',
  dragClass: 'dragged',
  scroll: true,
  bubbleScroll: true,
  scrollSensitivity: 60,
  scrollSpeed: 14,
}
