import { useState } from 'preact/hooks'
import { api, dataOf } from '../client.ts'
import { ConfirmButton } from '../confirm.tsx'
import { formatAgo } from '../format.ts'
import { useAct, useLoaded } from '../hooks.ts'
import { loadAll } from '../pages.ts'
import { Field, Form, LoadStatus } from '../parts.tsx'
import { t } from '../strings.ts'

const loadKeys = async () => {
  const keys = await loadAll(async (after) =>
    dataOf(await api.GET('/users/me/keys', { params: { query: { limit: 100, ...after } } })),
  )
  return keys.filter(({ revoked_at }) => !revoked_at)
}

type Key = Awaited<ReturnType<typeof loadKeys>>[number]
type Scope = Key['scopes'][number]

function KeyRow({ apiKey, onRevoked }: { apiKey: Key; onRevoked: () => void }) {
  const { id, name, prefix, scopes, last_used_at } = apiKey
  const revoke = useAct(async () => {
    dataOf(await api.DELETE('/users/me/keys/{id}', { params: { path: { id } } }))
    onRevoked()
  }, t.announce.removed(name))
  return (
    <li>
      <span class="grow">
        {name} <span class="muted">{`${prefix}… · ${scopes.join(', ')}`}</span>
        <br />
        <span class="muted">{last_used_at ? t.settings.lastUsed(formatAgo(last_used_at)) : t.settings.never}</span>
      </span>
      <ConfirmButton
        title={t.settings.revokeOf(name)}
        text={t.settings.reallyRevoke(name)}
        label={t.settings.revoke}
        busy={revoke.busy}
        onConfirm={() => void revoke.run()}
      >
        {t.settings.revoke}
      </ConfirmButton>
    </li>
  )
}

export function Keys() {
  const { data: keys, error, reload } = useLoaded(loadKeys, [])
  const [secret, setSecret] = useState<string>()
  const make = useAct(async ({ name = '', writes }: Record<string, string>, form: HTMLFormElement) => {
    const scopes: Scope[] = writes ? ['read', 'write'] : ['read']
    const made = dataOf(
      await api.POST('/users/me/keys', { body: { name, scopes, project_ids: null, expires_at: null } }),
    )
    setSecret(made.key)
    form.reset()
    reload()
  })
  return (
    <section class="panel" aria-labelledby="keys-title">
      <h2 id="keys-title">{t.settings.keys}</h2>
      <p class="muted">{t.settings.keysLead}</p>
      {secret && (
        <div role="status">
          <p>{t.settings.keyOnce}</p>
          <p class="secret">{secret}</p>
        </div>
      )}
      <LoadStatus data={keys} error={error} reload={reload} />
      {keys?.length === 0 && <p class="muted">{t.settings.noKeys}</p>}
      <ul class="rows">
        {keys?.map((key) => (
          <KeyRow key={key.id} apiKey={key} onRevoked={reload} />
        ))}
      </ul>
      <Form class="columns-of-fields" onSend={(fields, form) => void make.run(fields, form)}>
        <Field label={t.settings.keyName}>
          {(id) => <input id={id} name="name" required maxLength={100} autocomplete="off" />}
        </Field>
        <label class="check">
          <input type="checkbox" name="writes" /> {t.settings.keyWrites}
        </label>
        <button type="submit" aria-disabled={make.busy}>
          {t.settings.makeKey}
        </button>
      </Form>
    </section>
  )
}
