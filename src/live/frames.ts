import type { Notification, SentEvent } from './answers.ts'
import type { Event } from './event.ts'

/** Bytes of a frame, at most. A common client refuses 1 MiB, and would be sent it again at each reconnection. */
export const MAX_SENT = 512 * 1024
/** Bytes of a frame for one event or a group of them; the rest is for the JSON around them. */
const MAX_CONTENT = MAX_SENT - 1024

const encoder = new TextEncoder()
const bytesOf = (text: string) => encoder.encode(text).length
/** A unit of UTF-16 takes three bytes of UTF-8 at most, so that most texts need no counting. */
const fits = (text: string) => text.length * 3 <= MAX_CONTENT || bytesOf(text) <= MAX_CONTENT

const omitFields = <T>(fields: Record<string, T>, names: readonly string[]): Record<string, T> =>
  Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name)))

/**
 * An event that fits into a frame: as it is, or without the longest of its fields, which are named
 * in `truncated`. Clients that need those read the row, or the journal over REST.
 */
export function fitToFrame(event: Event): SentEvent {
  if (fits(JSON.stringify(event))) return event
  const { data, changes } = event
  const bytes = (name: string) => bytesOf(JSON.stringify([data[name], changes[name]]))
  const longest = [...new Set([...Object.keys(data), ...Object.keys(changes)])]
    .map((name) => ({ name, bytes: bytes(name) }))
    .sort((a, b) => b.bytes - a.bytes)
  for (let count = 1; ; count += 1) {
    const truncated = longest.slice(0, count).map(({ name }) => name)
    const sent = { ...event, data: omitFields(data, truncated), changes: omitFields(changes, truncated), truncated }
    if (count >= longest.length || fits(JSON.stringify(sent))) return sent
  }
}

export const frameOf = (event: Event): string => JSON.stringify({ type: 'event', ...fitToFrame(event) })

/** Texts in order, in groups that each fit into a frame. */
function* groupToFit(texts: Iterable<string>): Generator<string[]> {
  let group: string[] = []
  let bytes = 0
  for (const text of texts) {
    const more = bytesOf(text) + 1 // and a comma
    if (group.length > 0 && bytes + more > MAX_CONTENT) {
      yield group
      group = []
      bytes = 0
    }
    group.push(text)
    bytes += more
  }
  if (group.length > 0) yield group
}

/** A page of the journal, in as few frames as hold it. */
export function* replayFramesOf(events: readonly Event[]): Generator<string> {
  const texts = events.map((event) => JSON.stringify(fitToFrame(event)))
  for (const group of groupToFit(texts)) yield `{"type":"events","events":[${group.join()}]}`
}

/** Several notifications, in as few frames as hold them. */
export function* notificationFramesOf(items: readonly Notification[]): Generator<string> {
  const texts = items.map((item) => JSON.stringify(item))
  for (const group of groupToFit(texts)) yield `{"type":"notifications","items":[${group.join()}]}`
}
