import { useLayoutEffect, useState } from 'preact/hooks'
import { announce } from '../announce.tsx'
import type { BoardTask } from '../client.ts'
import { t } from '../strings.ts'
import { DIRECTIONS, type Direction, neighbour } from './moves.ts'

/** The id of the card that something on the page belongs to. */
export const cardOf = (target: EventTarget | null): string | undefined =>
  target instanceof Element ? target.closest<HTMLElement>('[data-id]')?.dataset.id : undefined

const linkOf = (id: string) => document.querySelector<HTMLElement>(`[data-id="${CSS.escape(id)}"] a`)

function focusOn(id: string): void {
  linkOf(id)?.focus({ preventScroll: true })
  linkOf(id)?.closest('li')?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
}

/** The card that has the focus keeps it when a move takes it to another column, where it is another element. */
function useKeptFocus(): void {
  const active = cardOf(document.activeElement)
  useLayoutEffect(() => {
    if (active !== undefined && document.activeElement === document.body) focusOn(active)
  })
}

/**
 * Arrow keys take the focus from card to card; with Ctrl, they take the card along. Long columns draw only some of
 * their cards, so `focused` is drawn first, and has the focus then.
 */
export function useCardFocus(lists: () => BoardTask[][], move: (id: string, direction: Direction) => boolean) {
  const [{ id: focused, wanted }, set] = useState<{ id?: string; wanted: boolean }>({ wanted: false })
  useKeptFocus()
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
    const next = neighbour(lists(), id, direction)
    if (next) set({ id: next, wanted: true })
  }
  return { focused, onFocusIn, onKeyDown }
}
