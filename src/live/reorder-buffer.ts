import type { Event } from './event.ts'

/**
 * Puts announcements back in order (I5). They may come late, twice, out of order or not at all;
 * `seq` alone decides. It has no clock and no I/O, so that a test can run millions of orders.
 */
export type ReorderBuffer = {
  /** The seq up to which all events were returned. */
  head: number
  /** The highest seq known to exist. */
  known: number
  /** Events that came before their predecessors. */
  early: Map<number, Event>
}

/** How many early events are kept; further ones are read from the journal later. */
export const MAX_EARLY = 1_000

export const newReorderBuffer = (head: number): ReorderBuffer => ({ head, known: head, early: new Map() })

/** Takes events in any order; returns those that are next, in order, each once. Changes `buffer`. */
export function pushEvents(buffer: ReorderBuffer, events: readonly Event[], known = 0): Event[] {
  buffer.known = Math.max(buffer.known, known)
  const ready: Event[] = []
  const release = (event: Event) => {
    buffer.head = event.seq
    ready.push(event)
  }
  for (const event of events) {
    buffer.known = Math.max(buffer.known, event.seq)
    if (event.seq === buffer.head + 1) release(event)
    else if (event.seq > buffer.head && buffer.early.size < MAX_EARLY) buffer.early.set(event.seq, event)
    for (let next = take(buffer); next; next = take(buffer)) release(next)
  }
  return ready
}

/** Removes and returns the early event that is next, if it is there. */
function take({ head, early }: ReorderBuffer): Event | undefined {
  const next = early.get(head + 1)
  early.delete(head + 1)
  return next
}

/** Whether some event that is known to exist was not returned yet. */
export const hasGap = (buffer: ReorderBuffer) => buffer.head < buffer.known
