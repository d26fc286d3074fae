import { api, dataOf, requireGone } from './client.ts'
import { ConfirmButton } from './confirm.tsx'
import { formatMoment } from './format.ts'
import { useAct } from './hooks.ts'
import { loadAll } from './pages.ts'
import { CopyField } from './parts.tsx'
import { t } from './strings.ts'

/** My links that still work; with a project, those of it that I may withdraw, as its manager those of others too. */
export const loadLinks = (project_id?: string) =>
  loadAll(async (after) => {
    const query = { limit: 100, ...(project_id && { project_id }), ...after }
    return dataOf(await api.GET('/reports/links', { params: { query } }))
  })

type SharedLink = Awaited<ReturnType<typeof loadLinks>>[number]

const DAY = 86_400 // seconds

/** Makes a link with which calendar programs show the due dates of a project; null: of what is assigned to me. */
export const makeCalendarLink = async (project_id: string | null) =>
  dataOf(
    await api.POST('/reports/links', {
      body: { project_id, report: 'calendar', query: {}, expires_in: 366 * DAY },
    }),
  )

export type PictureQuery = { interval: 'day' | 'week' | 'month'; [name: string]: string }

/** Makes a link to the picture of a report, for 30 days. */
export const makePictureLink = async (project_id: string, report: string, query: PictureQuery) =>
  dataOf(
    await api.POST('/reports/links', {
      body: { project_id, report: report as 'burndown', query, expires_in: 30 * DAY }, // all reports are asked alike
    }),
  )

const nameOf = ({ report }: SharedLink): string =>
  ({ ...t.reports.names, activity: t.links.activity, calendar: t.links.calendar })[report]

/** Without the setting PUBLIC_URL the API may give only a path. */
const wholeUrlOf = (url: string) => new URL(url, location.origin).href

function Row({ link, onWithdrawn }: { link: SharedLink; onWithdrawn: () => void }) {
  const { id, url, expires_at } = link
  const withdraw = useAct(
    async () => {
      requireGone(await api.DELETE('/reports/links/{id}', { params: { path: { id } } }))
      onWithdrawn()
    },
    t.announce.removed(nameOf(link)),
  )
  return (
    <li>
      <span class="grow stack">
        {url ? (
          <CopyField label={nameOf(link)} value={wholeUrlOf(url)} />
        ) : (
          <span>{`${nameOf(link)}: ${t.links.ofAnother}`}</span>
        )}
        <span class="muted">{t.links.until(formatMoment(expires_at))}</span>
      </span>
      <ConfirmButton
        title={t.links.withdrawOf(nameOf(link))}
        text={t.links.reallyWithdraw}
        label={t.links.withdraw}
        busy={withdraw.busy}
        onConfirm={() => void withdraw.run()}
      >
        {t.links.withdraw}
      </ConfirmButton>
    </li>
  )
}

/** Links that show something to whoever has them, each with a button that ends it. */
export const SharedLinks = ({ links, onChanged }: { links: SharedLink[]; onChanged: () => void }) => (
  <ul class="rows">
    {links.map((link) => (
      <Row key={link.id} link={link} onWithdrawn={onChanged} />
    ))}
  </ul>
)
