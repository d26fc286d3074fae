import { useAct, useLoaded } from '../hooks.ts'
import { LoadStatus } from '../parts.tsx'
import { loadLinks, makeCalendarLink, SharedLinks } from '../shared-links.tsx'
import { t } from '../strings.ts'

const load = async () =>
  (await loadLinks()).filter(({ report, project_id }) => report === 'calendar' && project_id === null)

/** A link with which a calendar program shows the due dates of what is assigned to me. */
export function Calendar() {
  const { data: links, error, reload } = useLoaded(load, [])
  const make = useAct(async () => {
    await makeCalendarLink(null)
    reload()
  })
  return (
    <section class="panel" aria-labelledby="calendar-title">
      <h2 id="calendar-title">{t.links.calendar}</h2>
      <p class="muted">{t.links.calendarLead}</p>
      <LoadStatus data={links} error={error} reload={reload} />
      <SharedLinks links={links ?? []} onChanged={reload} />
      <button type="button" aria-disabled={make.busy} onClick={() => void make.run()}>
        {t.links.makeCalendar}
      </button>
    </section>
  )
}
