import { useEffect, useState } from 'preact/hooks'
import { api, dataOf, type Member } from './client.ts'
import { today } from './format.ts'
import { useAct, useLoaded, useTitle } from './hooks.ts'
import { Failure, Field, Loading, Select } from './parts.tsx'
import { ProjectBar } from './project-bar.tsx'
import { t } from './strings.ts'

type Name = keyof typeof t.reports.names
type Interval = keyof typeof t.reports.intervals
type Priority = keyof typeof t.card.priority
type Asked = {
  report: Name
  from: string
  to: string
  interval: Interval
  assignee_id: string
  priority: Priority | ''
}

const daysAgo = (days: number) => today(new Date(Date.now() - days * 86_400_000))
const FIRST: Asked = {
  report: 'burndown',
  from: daysAgo(89),
  to: today(),
  interval: 'day',
  assignee_id: '',
  priority: '',
}

/** A report in a format of its own: as a picture, or as a table. All reports take the same questions. */
async function ask(
  id: string,
  { report, from, to, interval, assignee_id, priority }: Asked,
  type: string,
): Promise<Blob> {
  const tz = Intl.DateTimeFormat().resolvedOptions().timeZone
  const query = { from, to, interval, tz, ...(assignee_id && { assignee_id }), ...(priority && { priority }) }
  const path = `/reports/projects/{id}/${report}` as '/reports/projects/{id}/burndown'
  const answer = await api.GET(path, { params: { path: { id }, query }, headers: { Accept: type }, parseAs: 'blob' })
  return dataOf(answer as { data?: Blob; error?: unknown; response: Response })
}

/** A picture that was fetched, as an address that an image can show. */
function usePicture(id: string, asked: Asked) {
  const { data: blob, error, reload } = useLoaded(() => ask(id, asked, 'image/svg+xml'), [id, JSON.stringify(asked)])
  const [address, setAddress] = useState<string>()
  useEffect(() => {
    if (!blob) return
    const made = URL.createObjectURL(blob)
    setAddress(made)
    return () => URL.revokeObjectURL(made)
  }, [blob])
  return { address, error, reload }
}

function save(blob: Blob, name: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(blob)
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
}

const loadProject = async (id: string) => {
  const path = { id }
  const [project, members] = await Promise.all([
    api.GET('/projects/{id}', { params: { path } }),
    api.GET('/projects/{id}/members', { params: { path, query: { limit: 100 } } }),
  ])
  return { project: dataOf(project), members: dataOf(members).items }
}

export function Reports({ project: id }: { project: string }) {
  const { data, error, reload } = useLoaded(() => loadProject(id), [id])
  const [asked, setAsked] = useState(FIRST)
  useTitle(`${t.reports.title} · ${data?.project.name ?? t.appName}`)
  if (error !== undefined && !data) return <Failure error={error} reload={reload} />
  if (!data) return <Loading />
  return (
    <>
      <ProjectBar project={data.project} at="reports" />
      <div class="page">
        <Questions asked={asked} members={data.members} onAsk={setAsked} />
        <Picture id={id} asked={asked} />
      </div>
    </>
  )
}

function Picture({ id, asked }: { id: string; asked: Asked }) {
  const { address, error, reload } = usePicture(id, asked)
  const name = t.reports.names[asked.report]
  const table = useAct(async () => save(await ask(id, asked, 'text/csv'), `${asked.report}.csv`))
  return (
    <figure class="picture">
      {error !== undefined ? (
        <Failure error={error} reload={reload} />
      ) : address ? (
        <img src={address} alt={t.reports.picture(name)} />
      ) : (
        <Loading />
      )}
      <figcaption class="actions">
        <button type="button" disabled={table.busy} onClick={() => void table.run()}>
          {t.reports.csv}
        </button>
      </figcaption>
    </figure>
  )
}

const entries = <T extends string>(words: Record<T, string>) => Object.entries(words) as [T, string][]

function Questions({ asked, members, onAsk }: { asked: Asked; members: Member[]; onAsk: (asked: Asked) => void }) {
  const set = (part: Partial<Asked>) => onAsk({ ...asked, ...part })
  return (
    <section class="columns-of-fields" aria-label={t.filters.title}>
      <Select
        label={t.reports.report}
        value={asked.report}
        options={entries(t.reports.names)}
        onPick={(report) => report && set({ report })}
      />
      {(['from', 'to'] as const).map((end) => (
        <Field key={end} label={t.reports[end]}>
          {(id) => (
            <input
              id={id}
              type="date"
              required
              value={asked[end]}
              onChange={({ currentTarget }) => currentTarget.value && set({ [end]: currentTarget.value })}
            />
          )}
        </Field>
      ))}
      <Select
        label={t.reports.interval}
        value={asked.interval}
        options={entries(t.reports.intervals)}
        onPick={(interval) => interval && set({ interval })}
      />
      <Select
        label={t.reports.assignee}
        value={asked.assignee_id}
        options={[
          ['', t.filters.anybody],
          ...members.map(({ user_id, user }): [string, string] => [user_id, user.name]),
        ]}
        onPick={(assignee_id) => set({ assignee_id })}
      />
      <Select
        label={t.reports.priority}
        value={asked.priority}
        options={[['', t.filters.anyPriority], ...entries(t.card.priority)]}
        onPick={(priority) => set({ priority })}
      />
    </section>
  )
}
