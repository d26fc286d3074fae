import { api, dataOf, requireGone } from '../client.ts'
import { formatAgo, formatMoment } from '../format.ts'
import { useAct, useLoaded } from '../hooks.ts'
import { loadAll } from '../pages.ts'
import { LoadStatus } from '../parts.tsx'
import { t } from '../strings.ts'

const loadSessions = async () => {
  const sessions = await loadAll(async (after) =>
    dataOf(await api.GET('/auth/sessions', { params: { query: { limit: 100, ...after } } })),
  )
  return sessions.filter(({ revoked_at, expires_at }) => !revoked_at && Date.parse(expires_at) > Date.now())
}

type Session = Awaited<ReturnType<typeof loadSessions>>[number]

function SessionRow({ session, onEnded }: { session: Session; onEnded: () => void }) {
  const { id, user_agent, ip, last_used_at, current } = session
  const device = user_agent ?? t.settings.unknownDevice
  const end = useAct(async () => {
    requireGone(await api.DELETE('/auth/sessions/{id}', { params: { path: { id } } }))
    onEnded()
  }, t.announce.removed(device))
  return (
    <li>
      <span class="grow">
        {device} <span class="muted">{ip}</span>
        <br />
        <span class="muted" title={formatMoment(last_used_at)}>
          {current ? t.settings.thisOne : t.settings.lastUsed(formatAgo(last_used_at))}
        </span>
      </span>
      {!current && (
        <button
          type="button"
          aria-label={t.settings.endOf(device)}
          aria-disabled={end.busy}
          onClick={() => void end.run()}
        >
          {t.settings.end}
        </button>
      )}
    </li>
  )
}

export function Sessions({ changes }: { changes: number }) {
  const { data, error, reload } = useLoaded(loadSessions, [changes])
  const sessions = data ?? []
  const endOthers = useAct(async () => {
    dataOf(await api.DELETE('/auth/sessions'))
    reload()
  })
  return (
    <section class="panel" aria-labelledby="sessions">
      <h2 id="sessions">{t.settings.sessions}</h2>
      <LoadStatus data={data} error={error} reload={reload} />
      <ul class="rows">
        {sessions.map((session) => (
          <SessionRow key={session.id} session={session} onEnded={reload} />
        ))}
      </ul>
      {sessions.length > 1 && (
        <div class="actions">
          <button type="button" aria-disabled={endOthers.busy} onClick={() => void endOthers.run()}>
            {t.settings.endOthers}
          </button>
        </div>
      )}
    </section>
  )
}
