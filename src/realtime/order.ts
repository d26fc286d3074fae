import type { Event } from './protocol.ts'

/**
 * Puts announcements back in order (I5). They may come late, twice, out of order or not at all;
 * `seq` alone decides. Pure: no clock and no I/O, so that it can be tested by the million.
 */
export type Line = {
  /** The seq up to which everything has been let through. */
  head: number
  /** The highest seq known to exist. */
  known: number
  /** Events that came before their predecessors. */
  early: Map<number, Event>
}

export const newLine = (head: number): Line => ({ head, known: head, early: new Map() })

/** Takes events in any order; returns those that are next, in order, each once. Changes `line`. */
export function offer(line: Line, events: readonly Event[], known = 0): Event[] {
  line.known = Math.max(line.known, known)
  for (const event of events) {
    line.known = Math.max(line.known, event.seq)
    if (event.seq > line.head) line.early.set(event.seq, event)
  }
  const ready: Event[] = []
  for (let next = line.early.get(line.head + 1); next; next = line.early.get(line.head + 1)) {
    line.early.delete(next.seq)
    line.head = next.seq
    ready.push(next)
  }
  return ready
}

/** Whether something is known to exist that has not been let through. */
export const hasHole = (line: Line) => line.head < line.known
