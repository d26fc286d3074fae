import { GAP } from './virtual.ts'

/** A place for a card: in `column` (its key), below the card `above` (its id), or at the top if that is undefined. */
export type DropPlace = { column: string; above: string | undefined }

type Point = { x: number; y: number }
type MarkedPlace = DropPlace & { left: number; width: number; y: number }

/** The place at a point: above or below the card there, whichever half it is in. Undefined outside of all columns. */
function placeAt({ x, y }: Point, dragged: Element): MarkedPlace | undefined {
  const list = document.elementFromPoint(x, y)?.closest('.column')?.querySelector<HTMLElement>('[data-column]')
  if (!list) return undefined
  let above: Element | undefined
  let below: Element | undefined
  for (const card of list.children) {
    if (card === dragged) continue
    const { top, height } = card.getBoundingClientRect()
    if (top + height / 2 >= y) {
      below = card
      break
    }
    above = card
  }
  const view = (list.parentElement as HTMLElement).getBoundingClientRect()
  const edge = above
    ? above.getBoundingClientRect().bottom + GAP / 2
    : below
      ? below.getBoundingClientRect().top - GAP / 2
      : view.top
  return {
    column: list.dataset.column ?? '',
    above: above instanceof HTMLElement ? above.dataset.id : undefined,
    left: view.left,
    width: view.width,
    y: Math.max(view.top, Math.min(edge, view.bottom)),
  }
}

/** Makes the line that marks the place. It is a child of `body`, so that it does not change the layout of the lists. */
function makeLine() {
  const line = document.createElement('div')
  line.className = 'drop-line'
  line.setAttribute('aria-hidden', 'true')
  document.body.append(line)
  return {
    show: ({ left, width, y }: MarkedPlace) => {
      line.style.width = `${width}px`
      line.style.transform = `translate(${left}px, ${y - 1.5}px)`
    },
    remove: () => line.remove(),
  }
}

/**
 * Marks the place where the dragged card would go, and follows the pointer. Returns a function that ends this and
 * returns the place: outside of all columns the last one, undefined if there was none.
 */
export function followPointer(dragged: Element, { clientX: x, clientY: y }: MouseEvent): () => DropPlace | undefined {
  const line = makeLine()
  let at: Point = { x, y }
  let place: MarkedPlace | undefined
  let frame = 0
  const updatePlace = () => {
    frame = 0
    place = placeAt(at, dragged) ?? place
    if (place) line.show(place)
  }
  const scheduleUpdate = () => {
    frame ||= requestAnimationFrame(updatePlace)
  }
  const onPointerMove = ({ clientX, clientY }: PointerEvent) => {
    at = { x: clientX, y: clientY }
    scheduleUpdate()
  }
  document.addEventListener('pointermove', onPointerMove)
  document.addEventListener('scroll', scheduleUpdate, { capture: true, passive: true })
  scheduleUpdate() // the pointer may rest now
  return () => {
    document.removeEventListener('pointermove', onPointerMove)
    document.removeEventListener('scroll', scheduleUpdate, { capture: true })
    cancelAnimationFrame(frame)
    updatePlace() // the pointer may have moved since the last frame
    line.remove()
    return place
  }
}
