import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { api, dataOf, type Notification } from '../client.ts'
import { useAct, useLoaded } from '../hooks.ts'
import { loadProjects } from '../pages.ts'
import { LoadStatus } from '../parts.tsx'
import { t } from '../strings.ts'

type Kind = Notification['kind']
const KINDS = Object.keys(t.settings.kinds) as Kind[]

const loadPreferences = async () => dataOf(await api.GET('/users/me/notification-preferences'))
type Preferences = Awaited<ReturnType<typeof loadPreferences>>

const loadChoices = async () => {
  const [preferences, projects] = await Promise.all([loadPreferences(), loadProjects()])
  return { preferences, projects }
}

type Loaded = Awaited<ReturnType<typeof loadChoices>>

const toggle = <T,>(all: T[], one: T, on: boolean) => [...all.filter((other) => other !== one), ...(on ? [one] : [])]

const Choices = ({ legend, children }: { legend: string; children: ComponentChildren }) => (
  <fieldset class="picked">
    <legend>{legend}</legend>
    {children}
  </fieldset>
)

type ChoiceProps = { label: string; on: boolean; busy: boolean; onTurn: (on: boolean) => void }

const Choice = ({ label, on, busy, onTurn }: ChoiceProps) => (
  <label class="check">
    <input
      type="checkbox"
      aria-disabled={busy}
      checked={on}
      onClick={(event) => busy && event.preventDefault()}
      onChange={({ currentTarget }) => onTurn(currentTarget.checked)}
    />
    {label}
  </label>
)

/**
 * Chooses which notifications the user gets. Each choice is saved as soon as it is made. As all of them are saved
 * together, it is applied to what the server has then: another tab may have made other choices.
 */
function AllChoices({ preferences, projects }: Loaded) {
  const [saved, setSaved] = useState(preferences)
  const { run, busy } = useAct(async (choose: (now: Preferences) => Partial<Preferences>) => {
    const now = await loadPreferences()
    const body = { ...now, ...choose(now) }
    setSaved(dataOf(await api.PUT('/users/me/notification-preferences', { body })))
  }, t.announce.saved)
  const { muted_kinds, muted_project_ids } = saved
  return (
    <>
      <Choices legend={t.settings.tell}>
        {KINDS.map((kind) => (
          <Choice
            key={kind}
            label={t.settings.kinds[kind]}
            busy={busy}
            on={!muted_kinds.includes(kind)}
            onTurn={(on) => void run((now) => ({ muted_kinds: toggle(now.muted_kinds, kind, !on) }))}
          />
        ))}
      </Choices>
      {projects.length > 0 && (
        <Choices legend={t.settings.mutedProjects}>
          {projects.map(({ id, name }) => (
            <Choice
              key={id}
              label={name}
              busy={busy}
              on={muted_project_ids.includes(id)}
              onTurn={(on) => void run((now) => ({ muted_project_ids: toggle(now.muted_project_ids, id, on) }))}
            />
          ))}
        </Choices>
      )}
    </>
  )
}

export function Notifications() {
  const { data, error, reload } = useLoaded(loadChoices, [])
  return (
    <section class="panel" aria-labelledby="notifications">
      <h2 id="notifications">{t.settings.notifications}</h2>
      <LoadStatus data={data} error={error} reload={reload} />
      {data && <AllChoices {...data} />}
    </section>
  )
}
