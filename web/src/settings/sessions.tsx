import { api, dataOf } from '../client.ts'
import { ago, moment } from '../format.ts'
import { useAct, useLoaded } from '../hooks.ts'
import { Failure } from '../parts.tsx'
import { t } from '../strings.ts'

const load = async () => {
  const { items } = dataOf(await api.GET('/auth/sessions', { params: { query: { limit: 100 } } }))
  return items.filter(({ revoked_at, expires_at }) => !revoked_at && Date.parse(expires_at) > Date.now())
}

export function Sessions() {
  const { data: sessions = [], error, reload } = useLoaded(load, [])
  const end = useAct(async (id: string) => {
    dataOf(await api.DELETE('/auth/sessions/{id}', { params: { path: { id } } }))
    reload()
  })
  const endOthers = useAct(async () => {
    dataOf(await api.DELETE('/auth/sessions'))
    reload()
  })
  return (
    <section class="panel" aria-labelledby="sessions">
      <h2 id="sessions">{t.settings.sessions}</h2>
      {error !== undefined && <Failure error={error} reload={reload} />}
      <ul class="rows">
        {sessions.map(({ id, user_agent, ip, last_used_at, current }) => {
          const device = user_agent ?? t.settings.unknownDevice
          return (
            <li key={id}>
              <span class="grow">
                {device} <span class="muted">{ip}</span>
                <br />
                <span class="muted" title={moment(last_used_at)}>
                  {current ? t.settings.thisOne : t.settings.lastUsed(ago(last_used_at))}
                </span>
              </span>
              {!current && (
                <button
                  type="button"
                  aria-label={t.settings.endOf(device)}
                  disabled={end.busy}
                  onClick={() => void end.run(id)}
                >
                  {t.settings.end}
                </button>
              )}
            </li>
          )
        })}
      </ul>
      {sessions.length > 1 && (
        <div class="actions">
          <button type="button" disabled={endOthers.busy} onClick={() => void endOthers.run()}>
            {t.settings.endOthers}
          </button>
        </div>
      )}
    </section>
  )
}
