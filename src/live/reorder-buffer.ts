import type { Event } from './protocol.ts'

/**
 * Puts announcements back in order (I5). They may come late, twice, out of order or not at all;
 * `seq` alone decides. Pure: no clock and no I/O, so that it can be tested by the million.
 */
export type ReorderBuffer = {
  /** The seq up to which everything has been let through. */
  head: number
  /** The highest seq known to exist. */
  known: number
  /** Events that came before their predecessors. */
  early: Map<number, Event>
}

/** How many early events are kept; what comes on top is read from the journal in its turn. */
export const MAX_EARLY = 1_000

export const newReorderBuffer = (head: number): ReorderBuffer => ({ head, known: head, early: new Map() })

/** Takes events in any order; returns those that are next, in order, each once. Changes `buffer`. */
export function pushEvents(buffer: ReorderBuffer, events: readonly Event[], known = 0): Event[] {
  buffer.known = Math.max(buffer.known, known)
  const ready: Event[] = []
  const letThrough = (event: Event) => {
    buffer.head = event.seq
    ready.push(event)
  }
  for (const event of events) {
    buffer.known = Math.max(buffer.known, event.seq)
    if (event.seq === buffer.head + 1) letThrough(event)
    else if (event.seq > buffer.head && buffer.early.size < MAX_EARLY) buffer.early.set(event.seq, event)
    for (let next = take(buffer); next; next = take(buffer)) letThrough(next)
  }
  return ready
}

/** The early event whose turn it is, and none whose turn is over. */
function take({ head, early }: ReorderBuffer): Event | undefined {
  const next = early.get(head + 1)
  early.delete(head + 1)
  return next
}

/** Whether something is known to exist that has not been let through. */
export const hasGap = (buffer: ReorderBuffer) => buffer.head < buffer.known
