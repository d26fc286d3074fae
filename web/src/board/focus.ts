import { useLayoutEffect, useState } from 'preact/hooks'
import { announce } from '../announce.tsx'
import type { BoardTask } from '../client.ts'
import { t } from '../strings.ts'
import { DIRECTIONS, type Direction, neighbourOf } from './moves.ts'

/** The id of the card that contains an element; undefined if none does. */
export const cardOf = (target: EventTarget | null): string | undefined =>
  target instanceof Element ? target.closest<HTMLElement>('[data-id]')?.dataset.id : undefined

const linkOf = (id: string) => document.querySelector<HTMLElement>(`[data-id="${CSS.escape(id)}"] a`)

function focusOn(id: string): void {
  linkOf(id)?.focus({ preventScroll: true })
  linkOf(id)?.closest('li')?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
}

/** Gives the focus back to a card when a move to another column has replaced its element. */
function useKeptFocus(): void {
  const active = cardOf(document.activeElement)
  useLayoutEffect(() => {
    if (active !== undefined && document.activeElement === document.body) focusOn(active)
  })
}

/**
 * Arrow keys move the focus from card to card; with Ctrl or Cmd, they move the card itself. `getLists` returns the
 * shown cards of each column; `move` returns false when the card cannot go further. The caller must keep the card
 * `focused` (an id) drawn, since an element that is not drawn cannot have the focus. `opened`: the id of
 * the card whose dialog is open. When that closes, the browser gives the focus back to the element that had it before;
 * if that is gone, the card gets it.
 */
export function useCardFocus(
  opened: string | undefined,
  getLists: () => BoardTask[][],
  move: (id: string, direction: Direction) => boolean,
) {
  const [{ id: focused, wanted }, set] = useState<{ id?: string; wanted: boolean }>({ wanted: false })
  useKeptFocus()
  useLayoutEffect(() => {
    if (opened === undefined) return
    return () => {
      if (document.activeElement === document.body) set({ id: opened, wanted: true })
    }
  }, [opened])
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
