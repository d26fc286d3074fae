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

/** Cards drawn above and below those in view, so that scrolling shows them at once; fewer at first, to draw sooner. */
const OVERSCAN = { first: 1, later: 6 }
const FULL_OVERSCAN_AFTER_MS = 500
/** Pixels between cards, and above the first and below the last one. */
export const GAP = 7
const EDGE = 2

/** Pixels of the window's height that are not for cards: a guess, used until the list is measured. */
const OTHER_HEIGHT = 220

/** The height of a card in pixels, guessed from its title and labels until the card is measured. */
const guessHeight = ({ title, label_ids }: BoardTask) =>
  50 + 22 * Math.min(4, Math.ceil(title.length / 30)) + (label_ids.length > 0 ? 28 : 0)

/** The indices of the cards to draw, ascending: the range in view, and `pins`. A pin of -1 is ignored. */
const indicesToDraw = (range: Range, pins: readonly number[]) => {
  const shown = new Set([...defaultRangeExtractor(range), ...pins.filter((index) => index >= 0)])
  return [...shown].sort((a, b) => a - b)
}

/** Enough for all cards of a list. */
const OVERSCAN_IN_PRINT = 1_000_000

function useOverscan(): number {
  const [overscan, setOverscan] = useState(OVERSCAN.first)
  useEffect(() => {
    const [before, after] = [() => setOverscan(OVERSCAN_IN_PRINT), () => setOverscan(OVERSCAN.later)]
    addEventListener('beforeprint', before)
    addEventListener('afterprint', after)
    return () => {
      removeEventListener('beforeprint', before)
      removeEventListener('afterprint', after)
    }
  }, [])
  useEffect(() => {
    const timer = setTimeout(() => setOverscan(OVERSCAN.later), FULL_OVERSCAN_AFTER_MS)
    return () => clearTimeout(timer)
  }, [])
  return overscan
}

/**
 * Draws only some cards of a long list: those in view, those near them, and `pins`, ids of cards that must stay drawn
 * (one has the focus, or is dragged). Returns `drawn`, these cards with their positions, and `height`, that of the
 * whole list in pixels, in which a card that was never drawn counts with a guess.
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
    estimateSize: (index: number) => guessHeight(tasks[index] as BoardTask),
    scrollToFn: elementScroll,
    observeElementRect,
    observeElementOffset,
    onChange: () => redraw(undefined),
    rangeExtractor: (range: Range) => indicesToDraw(range, pinned),
    initialRect: { width: 280, height: innerHeight - OTHER_HEIGHT },
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
