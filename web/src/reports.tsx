import { useEffect } from 'preact/hooks'
import { useLiveBoard } from './board/live.ts'
import { api, dataOf, type Member } from './client.ts'
import { DateInput } from './date-input.tsx'
import { useChoice } from './drafts.ts'
import { timezone, today } from './format.ts'
import { useAct, useDay, useLoaded, useTitle } from './hooks.ts'
import { loadProject } from './members.tsx'
import { Failure, Field, Loading, LoadStatus, Select } from './parts.tsx'
import { ProjectBar } from './project-bar.tsx'
import { saveFile } from './save-file.ts'
import { loadLinks, makeCalendarLink, makePictureLink, SharedLinks } from './shared-links.tsx'
import { t } from './strings.ts'

type ReportName = keyof typeof t.reports.names
type Interval = keyof typeof t.reports.intervals
type Priority = keyof typeof t.card.priority
type Question = {
  report: ReportName
  from: string
  to: string
  interval: Interval
  assignee_id: string
  priority: Priority | ''
}

const daysAgo = (days: number) => today(new Date(Date.now() - days * 86_400_000))
/** What is asked until something else is chosen. */
const firstQuestion = (): Question => ({
  report: 'burndown',
  from: daysAgo(89),
  to: today(),
  interval: 'day',
  assignee_id: '',
  priority: '',
})

/** The parameters of a report, without its period. */
const parametersOf = ({ interval, assignee_id, priority }: Question) => ({
  tz: timezone(),
  interval,
  ...(assignee_id && { assignee_id }),
  ...(priority && { priority }),
})

/** Fetches a report as a file of the media type `type`: a picture or a table. All reports take the same parameters. */
async function fetchReport(id: string, asked: Question, type: string): Promise<Blob> {
  const query = { from: asked.from, to: asked.to, ...parametersOf(asked) }
  const path = `/reports/projects/{id}/${asked.report}` as '/reports/projects/{id}/burndown'
  const answer = await api.GET(path, { params: { path: { id }, query }, headers: { Accept: type }, parseAs: 'blob' })
  return dataOf(answer as { data?: Blob; error?: unknown; response: Response })
}

/** Fetches a report as a picture. Returns its blob: URL once the picture can be drawn. */
async function fetchPicture(id: string, asked: Question): Promise<string> {
  const image = new Image()
  image.src = URL.createObjectURL(await fetchReport(id, asked, 'image/svg+xml'))
  await image.decode().catch(() => {}) // shown before its height is known, it would push down what is below it
  return image.src
}

/** A report as a picture; `data` is the blob: URL for an <img>. */
function usePicture(id: string, asked: Question) {
  const picture = useLoaded(() => fetchPicture(id, asked), [id, JSON.stringify(asked)])
  const { data } = picture
  useEffect(() => (data ? () => URL.revokeObjectURL(data) : undefined), [data])
  return picture
}

export function Reports({ project: id }: { project: string }) {
  useLiveBoard(id, 1) // leaves this page when access to the project ends
  const { data, error, reload } = useLoaded(() => loadProject(id), [id])
  const [chosen, choose] = useChoice<Partial<Question>>(`${id}:report`, {})
  useDay() // without a chosen period, the report ends on the present day
  useTitle(`${t.reports.title} · ${data?.project.name ?? t.appName}`)
  if (error !== undefined && !data) return <Failure error={error} reload={reload} />
  if (!data) return <Loading />
  const asked: Question = { ...firstQuestion(), ...chosen }
  return (
    <>
      <ProjectBar project={data.project} at="reports" />
      <div class="page">
        <Questions asked={asked} members={data.members} onPick={(part) => choose({ ...chosen, ...part })} />
        <Picture id={id} asked={asked} />
        <Links id={id} asked={asked} hasPeriod={chosen.from !== undefined || chosen.to !== undefined} />
      </div>
    </>
  )
}

function Picture({ id, asked }: { id: string; asked: Question }) {
  const { data: address, error, reload } = usePicture(id, asked)
  const name = t.reports.names[asked.report]
  const table = useAct(async () => saveFile(() => fetchReport(id, asked, 'text/csv'), `${asked.report}.csv`))
  return (
    <figure class="picture">
      {error !== undefined ? (
        <Failure error={error} reload={reload} />
      ) : address ? (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: on a narrow screen it is scrolled, by keyboard too
        <section class="scroll" tabIndex={0} aria-label={name}>
          <img src={address} alt={t.reports.picture(name)} />
        </section>
      ) : (
        <Loading />
      )}
      <figcaption class="actions">
        <button type="button" aria-disabled={table.busy} onClick={() => void table.run()}>
          {t.reports.csv}
        </button>
      </figcaption>
    </figure>
  )
}

/** Links for others. That to the picture has a period only if one was chosen: without, it stays current. */
function Links({ id, asked, hasPeriod }: { id: string; asked: Question; hasPeriod: boolean }) {
  const { data: links, error, reload } = useLoaded(() => loadLinks(id), [id])
  const share = useAct(async (report: ReportName | 'calendar') => {
    const { from, to } = asked
    const query = { ...parametersOf(asked), ...(hasPeriod && { from, to }) }
    await (report === 'calendar' ? makeCalendarLink(id) : makePictureLink(id, report, query))
    reload()
  })
  return (
    <section class="panel" aria-labelledby="links-title">
      <h2 id="links-title">{t.links.title}</h2>
      <p class="muted">{t.links.lead}</p>
      <div class="actions">
        <button type="button" aria-disabled={share.busy} onClick={() => void share.run(asked.report)}>
          {t.links.share}
        </button>
        <button type="button" aria-disabled={share.busy} onClick={() => void share.run('calendar')}>
          {t.links.shareCalendar}
        </button>
      </div>
      <LoadStatus data={links} error={error} reload={reload} />
      <SharedLinks links={links ?? []} onChanged={reload} />
    </section>
  )
}

const entriesOf = <T extends string>(words: Record<T, string>) => Object.entries(words) as [T, string][]

function Questions({
  asked,
  members,
  onPick,
}: {
  asked: Question
  members: Member[]
  onPick: (part: Partial<Question>) => void
}) {
  const isGone = asked.assignee_id !== '' && members.every(({ user_id }) => user_id !== asked.assignee_id)
  return (
    <section class="columns-of-fields" aria-label={t.filters.title}>
      <Select
        label={t.reports.report}
        value={asked.report}
        options={entriesOf(t.reports.names)}
        onPick={(report) => report && onPick({ report })}
      />
      {(['from', 'to'] as const).map((end) => (
        <Field key={end} label={t.reports[end]}>
          {(id) => <DateInput id={id} required value={asked[end]} onPick={(date) => onPick({ [end]: date })} />}
        </Field>
      ))}
      <Select
        label={t.reports.interval}
        value={asked.interval}
        options={entriesOf(t.reports.intervals)}
        onPick={(interval) => interval && onPick({ interval })}
      />
      <Select
        label={t.reports.assignee}
        value={asked.assignee_id}
        options={[
          ['', t.filters.anybody],
          ...members.map(({ user_id, user }): [string, string] => [user_id, user.name]),
          ...(isGone ? [[asked.assignee_id, t.formerMember] as [string, string]] : []),
        ]}
        onPick={(assignee_id) => onPick({ assignee_id })}
      />
      <Select
        label={t.reports.priority}
        value={asked.priority}
        options={[['', t.filters.anyPriority], ...entriesOf(t.card.priority)]}
        onPick={(priority) => onPick({ priority })}
      />
    </section>
  )
}
