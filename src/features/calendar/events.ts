import type { Due } from './queries.ts'

const DAY = 86_400_000

/** What no text of a calendar may have (RFC 5545, 3.1), and a description may. */
const CONTROLS = /[^\P{Cc}\t\n\r]/gu

/** The address of a card in the web board; none where the address of this API is unknown. */
const cardAt = (base: string, { project_id, id }: Due) => base && `${base}/#/projects/${project_id}/cards/${id}`

/**
 * Tasks as all-day events of their due days (RFC 5545): days have no time zone, so everybody sees them on the same day. The
 * same rows make the same bytes. `base` is where this API is reached.
 */
export async function calendarText(name: string, tasks: Due[], base: string): Promise<string> {
  const { default: ical, ICalEventBusyStatus, ICalEventTransparency } = await import('ical-generator') // not at a start
  const events = tasks.map((task) => {
    const start = new Date(task.due_date)
    const url = cardAt(base, task)
    return {
      id: task.id,
      sequence: task.seq,
      stamp: new Date(task.updated_at),
      start,
      // The first day that it is not on; the last of all days has none, and lasts a day without.
      ...(task.due_date < '9999-12-31' && { end: new Date(start.getTime() + DAY) }),
      allDay: true,
      summary: `${task.number} ${task.title}`,
      ...(task.description && { description: task.description.replace(CONTROLS, '') }),
      ...(url && { url }),
      transparency: ICalEventTransparency.TRANSPARENT, // what is due on a day does not fill it
      busystatus: ICalEventBusyStatus.FREE,
    }
  })
  const prodId = { company: 'FlowTrack', product: 'FlowTrack' }
  return `${ical({ name, prodId, ttl: 3600, events })}\r\n` // the library leaves the end of the last line out
}
