import Sortable from 'sortablejs'
import { announce, showError } from '../announce.tsx'
import type { OpenBoard } from '../client.ts'
import { t } from '../strings.ts'
import { find, moveTo } from './moves.ts'

/*
 * Dragging with mouse and touch. While somebody drags, sortablejs moves the elements about, so the board is not drawn
 * anew until they let go: then the elements are put back, and what has happened since is drawn, with the move on top.
 */

type Drag = { id: string; title: string; home: Element; next: Element | null }
export type Hold = { begin(): void; end(): void }

const idOf = (element: Element | null | undefined) => (element instanceof HTMLElement ? element.dataset.id : undefined)

/** The cards that stand in front of this one where it was dropped, the nearest first. */
function inFront(item: Element): string[] {
  const ids: string[] = []
  for (let at = item.previousElementSibling; at; at = at.previousElementSibling) {
    const id = idOf(at)
    if (id) ids.push(id)
  }
  return ids
}

/** Does what the drop says, as far as it can be done on the board as it now is. */
function drop(open: OpenBoard, { id, title }: Drag, key: string, front: string[]): void {
  const { board } = open.getSnapshot()
  const found = find(board, id)
  const column = board?.columns.find((column) => column.key === key)
  if (!found || !column) {
    showError(t.move.gone(title))
    return
  }
  // Who stood in front may have gone elsewhere meanwhile: then the next one in front of it counts.
  const others = column.tasks.filter((task) => task.id !== id)
  const ahead = front.map((id) => others.findIndex((task) => task.id === id)).find((index) => index >= 0) ?? -1
  if (found.column.key === key && found.index === ahead + 1) return
  moveTo(open, found.task, column, ahead + 1)
}

/** Makes the cards of a list draggable, among all lists of the board. Returns how to stop. */
export function makeSortable(list: HTMLElement, open: OpenBoard, hold: Hold): () => void {
  let drag: Drag | undefined
  const letGo = () => {
    removeEventListener('pointerup', later)
    removeEventListener('touchend', later)
    removeEventListener('touchcancel', later)
    drag = undefined
    hold.end()
  }
  // Touch may end without a word from the library when the dragged element has gone: this is the second end.
  const later = () => setTimeout(() => drag && letGo(), 400)
  const sortable = Sortable.create(list, {
    group: 'cards',
    draggable: '.card',
    filter: 'button, input, textarea',
    preventOnFilter: false,
    animation: matchMedia('(prefers-reduced-motion: reduce)').matches ? 0 : 120,
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
    onStart: ({ item, from }) => {
      drag = { id: idOf(item) ?? '', title: item.dataset.title ?? '', home: from, next: item.nextElementSibling }
      hold.begin()
      announce(t.move.dragging(drag.title))
      for (const end of ['pointerup', 'touchend', 'touchcancel']) addEventListener(end, later)
    },
    onEnd: ({ item, to }) => {
      if (!drag) return
      const { home, next } = drag
      const [dropped, key, front] = [drag, to instanceof HTMLElement ? (to.dataset.column ?? '') : '', inFront(item)]
      home.insertBefore(item, next?.parentNode === home ? next : null)
      letGo()
      drop(open, dropped, key, front)
    },
  })
  return () => {
    sortable.destroy()
    if (drag) letGo()
  }
}
