import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import { announce } from '../announce.tsx'
import type { BoardTask } from '../client.ts'
import { focusOnContent } from '../hooks.ts'
import { t } from '../strings.ts'
import { DIRECTIONS, type Direction, nearest, neighbourOf, type Spot, spotOf } from './moves.ts'

/** The id of the card that contains an element; undefined if none does. */
export const cardOf = (target: EventTarget | null): string | undefined =>
  target instanceof Element ? target.closest<HTMLElement>('[data-id]')?.dataset.id : undefined

const linkOf = (id: string) => document.querySelector<HTMLElement>(`[data-id="${CSS.escape(id)}"] a`)

function focusOn(id: string): void {
  linkOf(id)?.focus({ preventScroll: true })
  linkOf(id)?.closest('li')?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
}

/**
 * Remembers where the card was that is `opened` or has the focus. Returns a function that finds the card which should
 * have the focus now: that one, or, when it has left the board, the one in its place. Undefined when there is no card.
 */
function useSuccessor(opened: string | undefined, getLists: () => BoardTask[][]): () => string | undefined {
  const last = useRef<{ id: string; spot: Spot }>(undefined)
  const latest = useRef(getLists)
  latest.current = getLists
  useLayoutEffect(() => {
    const id = opened ?? cardOf(document.activeElement)
    const spot = id === undefined ? undefined : spotOf(getLists(), id)
    if (id !== undefined && spot) last.current = { id, spot }
  })
  return () => {
    if (!last.current) return undefined
    const { id, spot } = last.current
    return spotOf(latest.current(), id) ? id : nearest(latest.current(), spot)
  }
}

/**
 * Arrow keys move the focus from card to card; with Ctrl or Cmd, they move the card itself. `getLists` returns the
 * shown cards of each column; `move` returns false when the card cannot go further. The caller must keep the card
 * `focused` (an id) drawn, since an element that is not drawn cannot have the focus. `opened`: the id of
 * the card whose dialog is open. When that closes, the browser gives the focus back to the element that had it before;
 * if that is gone, the card gets it, or the next one when the card has left the board.
 */
export function useCardFocus(
  opened: string | undefined,
  getLists: () => BoardTask[][],
  move: (id: string, direction: Direction) => boolean,
) {
  const [{ id: focused, wanted }, set] = useState<{ id?: string; wanted: boolean }>({ wanted: false })
  const findSuccessor = useSuccessor(opened, getLists)
  const active = cardOf(document.activeElement)
  const restore = () => {
    if (document.activeElement !== document.body) return
    const id = findSuccessor()
    if (id === undefined) focusOnContent()
    else set({ id, wanted: true })
  }
  useLayoutEffect(() => {
    if (active !== undefined) restore() // a move to another column has replaced its element, or the card is gone
  })
  useLayoutEffect(() => (opened === undefined ? undefined : restore), [opened])
  useLayoutEffect(() => {
    if (wanted && focused !== undefined) focusOn(focused)
  }, [focused, wanted])

  const onFocusIn = (id: string | undefined) => {
    if (id !== undefined && (id !== focused || wanted)) set({ id, wanted: false })
  }

  const onKeyDown = (event: KeyboardEvent) => {
    const { key, altKey, shiftKey, ctrlKey, metaKey } = event
    const id = cardOf(event.target)
    const direction = DIRECTIONS[key as keyof typeof DIRECTIONS]
    if (!id || !direction || altKey || shiftKey) return
    event.preventDefault()
    if (ctrlKey || metaKey) {
      if (!move(id, direction)) announce(t.move.edge)
      return
    }
    const next = neighbourOf(getLists(), id, direction)
    if (next) set({ id: next, wanted: true })
  }
  return { focused, onFocusIn, onKeyDown }
}
