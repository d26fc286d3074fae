import type { Due } from './queries.ts'

const DAY = 86_400_000
const ERA = Date.UTC(2026)

/** Control characters that a calendar must not contain (RFC 5545, 3.1), but a description may. */
const CONTROLS = /[^\P{Cc}\t\n\r]/gu

/** The URL of a card in the web board; '' if the URL of this API (`base`) is unknown. */
const cardUrlOf = (base: string, { project_id, id }: Due) => base && `${base}/#/projects/${project_id}/cards/${id}`

/**
 * A number that rises with each change of a task (RFC 5545, 3.8.7.4), in seconds since 2026. Not its `seq`, which is
 * lower after a transfer to a younger project: programs would ignore the change.
 */
const sequenceOf = ({ updated_at }: Due) => Math.max(0, Math.floor((Date.parse(updated_at) - ERA) / 1_000))

/**
 * Tasks as all-day events of their due dates (RFC 5545): a day has no time zone, so everybody sees it on the same day.
 * The same rows make the same bytes. `found`: how many tasks there are; `base`: the URL of this API, or ''.
 */
export async function toCalendar(name: string, tasks: Due[], found: number, base: string): Promise<string> {
  // Loaded only when it is needed, as it would slow the start of an isolate.
  const { default: ical, ICalEventBusyStatus, ICalEventTransparency } = await import('ical-generator')
  const events = tasks.map((task) => {
    const start = new Date(task.due_date)
    const url = cardUrlOf(base, task)
    return {
      id: task.id,
      sequence: sequenceOf(task),
      stamp: new Date(task.updated_at),
      start,
      // The end is the next day, which is not part of the event. The last possible day has no next one: without an end,
      // an event lasts a day, too.
      ...(task.due_date < '9999-12-31' && { end: new Date(start.getTime() + DAY) }),
      allDay: true,
      summary: `${task.number} ${task.title}`,
      ...(task.description && { description: task.description.replace(CONTROLS, '') }),
      ...(url && { url }),
      transparency: ICalEventTransparency.TRANSPARENT, // a due task does not make the day busy
      busystatus: ICalEventBusyStatus.FREE,
    }
  })
  const prodId = { company: 'FlowTrack', product: 'FlowTrack' }
  const cut = found > tasks.length && `The ${tasks.length} of ${found} tasks whose due dates are nearest to today`
  return `${ical({ name, ...(cut && { description: cut }), prodId, ttl: 3600, events })}\r\n` // the library omits the end of the last line
}
