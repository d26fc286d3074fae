import { GAP } from './virtual.ts'

/** Where a card would go: below another one, or at the top of a column. */
export type DropPlace = { column: string; above: string | undefined }

type Point = { x: number; y: number }
type Seen = DropPlace & { left: number; width: number; y: number }

/** The place under a point: above or below the card there, by its middle. */
function placeAt({ x, y }: Point, dragged: Element): Seen | undefined {
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

/** The line that marks the drop place. It is a child of `body`, so that moving it does not change the layout of the lists. */
function makeLine() {
  const line = document.createElement('div')
  line.className = 'drop-line'
  line.setAttribute('aria-hidden', 'true')
  document.body.append(line)
  return {
    show: ({ left, width, y }: Seen) => {
      line.style.width = `${width}px`
      line.style.transform = `translate(${left}px, ${y - 1.5}px)`
    },
    remove: () => line.remove(),
  }
}

/** Shows where the dragged card would go, until it is let go: then returns the place. Outside of all columns, the last one counts. */
export function followPointer(dragged: Element, { clientX: x, clientY: y }: MouseEvent): () => DropPlace | undefined {
  const line = makeLine()
  let at: Point = { x, y }
  let place: Seen | undefined
  let frame = 0
  const look = () => {
    frame = 0
    place = placeAt(at, dragged) ?? place
    if (place) line.show(place)
  }
  const soon = () => {
    frame ||= requestAnimationFrame(look)
  }
  const moved = ({ clientX, clientY }: PointerEvent) => {
    at = { x: clientX, y: clientY }
    soon()
  }
  document.addEventListener('pointermove', moved)
  document.addEventListener('scroll', soon, { capture: true, passive: true })
  return () => {
    document.removeEventListener('pointermove', moved)
    document.removeEventListener('scroll', soon, { capture: true })
    cancelAnimationFrame(frame)
    look() // where it was let go
    line.remove()
    return place
  }
}
