import {
  defaultRangeExtractor,
  elementScroll,
  observeElementOffset,
  observeElementRect,
  type Range,
  Virtualizer,
} from '@tanstack/virtual-core'
import { useCallback, useEffect, useLayoutEffect, useReducer, useRef, useState } from 'preact/hooks'
import type { BoardTask } from '../client.ts'

/** Cards that are drawn above and below those in view, so that who scrolls finds them there; fewer at first, to be there sooner. */
const OVERSCAN = { first: 1, later: 6 }
const LATER_MS = 500
/** Between cards, and above the first one, in pixels. */
export const GAP = 7
const EDGE = 2

/** Roughly how much of the window's height is taken by what is around the cards, until it is measured. */
const AROUND = 220

/** How tall a card will be, until it is measured: lines of its title, and its labels. */
const roughHeight = ({ title, label_ids }: BoardTask) =>
  50 + 22 * Math.min(4, Math.ceil(title.length / 30)) + (label_ids.length > 0 ? 28 : 0)

/** The range in view, and what must stay drawn outside of it: the card that has the focus, or that is dragged. */
const withPins = (range: Range, pins: readonly number[]) => {
  const shown = new Set([...defaultRangeExtractor(range), ...pins.filter((index) => index >= 0)])
  return [...shown].sort((a, b) => a - b)
}

function useOverscan(): number {
  const [overscan, setOverscan] = useState(OVERSCAN.first)
  useEffect(() => {
    const timer = setTimeout(() => setOverscan(OVERSCAN.later), LATER_MS)
    return () => clearTimeout(timer)
  }, [])
  return overscan
}

/**
 * Of a long list of cards, those that are worth drawing, and where. Cards have different heights: one that was not
 * drawn yet counts with a rough height. `pins` are ids of cards that are drawn wherever they are.
 */
export function useVirtual(tasks: BoardTask[], pins: readonly string[]) {
  const scroller = useRef<HTMLDivElement>(null)
  const [, redraw] = useReducer((n: number, _: undefined) => n + 1, 0)
  const keyOf = useCallback((index: number) => tasks[index]?.id ?? index, [tasks])
  const pinned = pins.map((id) => tasks.findIndex((task) => task.id === id))
  const options = {
    count: tasks.length,
    getItemKey: keyOf,
    getScrollElement: () => scroller.current,
    estimateSize: (index: number) => roughHeight(tasks[index] as BoardTask),
    scrollToFn: elementScroll,
    observeElementRect,
    observeElementOffset,
    onChange: () => redraw(undefined),
    rangeExtractor: (range: Range) => withPins(range, pinned),
    initialRect: { width: 280, height: innerHeight - AROUND },
    overscan: useOverscan(),
    gap: GAP,
    paddingStart: EDGE,
    paddingEnd: EDGE,
  }
  const [virtualizer] = useState(() => new Virtualizer<HTMLDivElement, HTMLLIElement>(options))
  virtualizer.setOptions(options)
  useLayoutEffect(() => virtualizer._didMount(), [virtualizer])
  useLayoutEffect(() => virtualizer._willUpdate())
  return {
    scroller,
    drawn: virtualizer.getVirtualItems(),
    height: virtualizer.getTotalSize(),
    measure: virtualizer.measureElement,
  }
}
