import { showError } from '../announce.tsx'
import type { OpenBoard } from '../client.ts'
import { later } from '../later.ts'
import { t } from '../strings.ts'
import type { Hold } from './drag.ts'

/** Loads the code of dragging; tries once more if that fails. */
const load = () => import('./drag.ts').catch(() => import('./drag.ts'))

/** The library takes one of these, by browser. */
const PRESSES = ['pointerdown', 'mousedown'] as const
const LIFTS = ['pointerup', 'pointercancel'] as const

const again = (event: MouseEvent) => new (event.constructor as typeof MouseEvent)(event.type, event)

/**
 * Makes the cards of a list draggable, to any list of the board. What that takes is loaded when the board is drawn, or when
 * somebody takes a card before; the press is then made again for it. Returns how to stop.
 */
export function makeDraggable(list: HTMLElement, open: OpenBoard, hold: Hold): () => void {
  let stop = () => {}
  let state: 'waiting' | 'made' | 'stopped' = 'waiting'
  let pressed: MouseEvent[] = []
  const make = async () => {
    const { makeSortable } = await load()
    if (state !== 'waiting') return
    state = 'made'
    forget()
    stop = makeSortable(list, open, hold)
    for (const event of pressed) if ((event.target as Node).isConnected) event.target?.dispatchEvent(again(event))
  }
  const press = (event: MouseEvent) => {
    pressed.push(event)
    make().catch(() => showError(t.partMissing))
  }
  const lift = () => {
    pressed = []
  }
  for (const type of PRESSES) list.addEventListener(type, press)
  for (const type of LIFTS) addEventListener(type, lift)
  const forget = () => {
    for (const type of PRESSES) list.removeEventListener(type, press)
    for (const type of LIFTS) removeEventListener(type, lift)
  }
  const stopWaiting = later(() => void make().catch(() => {})) // whoever takes a card is told
  return () => {
    state = 'stopped'
    stopWaiting()
    forget()
    stop()
  }
}
