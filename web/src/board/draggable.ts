import { showError } from '../announce.tsx'
import type { OpenBoard } from '../client.ts'
import { doWhenDrawn } from '../later.ts'
import { t } from '../strings.ts'
import type { Hold } from './drag.ts'

/** Loads the code for dragging; tries once more if that fails. */
const loadDrag = () => import('./drag.ts').catch(() => import('./drag.ts'))

/** Events that begin a drag: the library listens to one of them, which depends on the browser. */
const PRESS_EVENTS = ['pointerdown', 'mousedown'] as const
const LIFT_EVENTS = ['pointerup', 'pointercancel'] as const
/** Whoever presses a card for longer wants to drag it. A click needs no code for dragging. */
const CLICK_MS = 300

const copyOf = (event: MouseEvent) => new (event.constructor as typeof MouseEvent)(event.type, event)

/**
 * Makes the cards of a list draggable to any list of the board. The code for this is loaded once the board is drawn, or
 * at the first press on a card if that is earlier; the press is then dispatched again. Returns a function that ends it.
 */
export function makeDraggable(list: HTMLElement, open: OpenBoard, hold: Hold): () => void {
  let stop = () => {}
  let state: 'waiting' | 'made' | 'stopped' = 'waiting'
  let pressed: MouseEvent[] = []
  const make = async () => {
    const { makeSortable } = await loadDrag()
    if (state !== 'waiting') return
    state = 'made'
    stopListening()
    stop = makeSortable(list, open, hold)
    for (const event of pressed) if ((event.target as Node).isConnected) event.target?.dispatchEvent(copyOf(event))
  }
  const onPress = (event: MouseEvent) => {
    pressed.push(event)
    make().catch(() => setTimeout(showFailure, CLICK_MS))
  }
  const showFailure = () => {
    if (pressed.length > 0) showError(t.partMissing)
  }
  const onLift = () => {
    pressed = []
  }
  for (const type of PRESS_EVENTS) list.addEventListener(type, onPress)
  for (const type of LIFT_EVENTS) addEventListener(type, onLift)
  const stopListening = () => {
    for (const type of PRESS_EVENTS) list.removeEventListener(type, onPress)
    for (const type of LIFT_EVENTS) removeEventListener(type, onLift)
  }
  const stopWaiting = doWhenDrawn(() => void make().catch(() => {})) // a press tries again, and shows a failure
  return () => {
    state = 'stopped'
    stopWaiting()
    stopListening()
    stop()
  }
}
