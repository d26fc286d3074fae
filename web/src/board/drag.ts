import Sortable from 'sortablejs'
import { announce, showError } from '../announce.tsx'
import type { Board, OpenBoard } from '../client.ts'
import { t } from '../strings.ts'
import { type DropPlace, followPointer } from './drop-place.ts'
import { find, moveTo } from './moves.ts'

/*
 * Dragging with mouse and touch. sortablejs says when a card is taken and let go, shows it under the pointer, and scrolls the
 * columns; it moves no element (`sort: false`), as long columns draw only some of their cards. A line shows where the card
 * would go. Meanwhile the board is drawn as it was; what has happened since is drawn after the drop, with the move on top.
 * Loaded by draggable.ts.
 */

export type Hold = {
  /** Keeps the board as it is drawn, with this card; returns it. */
  begin(card: string): Board
  end(): void
}

/** With the move that made a drag of the press, which may be far from there. */
type Started = Sortable.SortableEvent & { originalEvent: MouseEvent }

type Drag = { id: string; title: string; board: Board; letGo: () => DropPlace | undefined }

/** The cards that stand in front of a place, the nearest first. */
function inFront({ column, above }: DropPlace, board: Board): string[] {
  const tasks = board.columns.find(({ key }) => key === column)?.tasks ?? []
  const index = tasks.findIndex(({ id }) => id === above)
  return tasks
    .slice(0, index + 1)
    .reverse()
    .map(({ id }) => id)
}

/** Does what the drop says, as far as it can be done on the board as it now is. */
function drop(open: OpenBoard, { id, title, board: old }: Drag, place: DropPlace): void {
  const { board } = open.getSnapshot()
  const found = find(board, id)
  const column = board?.columns.find(({ key }) => key === place.column)
  if (!found || !column) {
    showError(t.move.gone(title))
    return
  }
  // Who stood in front may have gone elsewhere meanwhile: then the next one in front of it counts.
  const indices = new Map(column.tasks.filter((task) => task.id !== id).map((task, index) => [task.id, index]))
  const ahead = inFront(place, old).find((id) => indices.has(id))
  const index = ahead === undefined ? 0 : (indices.get(ahead) as number) + 1
  if (found.column.key === column.key && found.index === index) return
  moveTo(open, found.task, column, index)
}

/** Makes the cards of a list draggable, to any list of the board. Returns how to stop. */
export function makeSortable(list: HTMLElement, open: OpenBoard, hold: Hold): () => void {
  let drag: Drag | undefined
  const letGo = () => {
    for (const end of ENDS) removeEventListener(end, later)
    const place = drag?.letGo()
    drag = undefined
    hold.end()
    return place
  }
  // Touch may end without a word from the library when the dragged element has gone: this is the second end.
  const later = () => setTimeout(() => drag && letGo(), 400)
  const sortable = Sortable.create(list, {
    ...OPTIONS,
    onStart: (started) => {
      const { item, originalEvent } = started as Started
      const { id = '', title = '' } = item.dataset
      drag = { id, title, board: hold.begin(id), letGo: followPointer(item, originalEvent) }
      announce(t.move.dragging(title))
      for (const end of ENDS) addEventListener(end, later)
    },
    onEnd: () => {
      setTimeout(freeNextClick)
      if (!drag) return
      const dropped = drag
      const place = letGo()
      if (place) drop(open, dropped, place)
    },
  })
  return () => {
    sortable.destroy()
    if (drag) letGo()
  }
}

/**
 * The library stops the click that ends a drag. There is none when the card has been drawn elsewhere by then, and it would
 * stop somebody's next click instead: this one takes its place.
 */
const freeNextClick = () => document.dispatchEvent(new MouseEvent('click'))

const ENDS = ['pointerup', 'touchend', 'touchcancel']

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
