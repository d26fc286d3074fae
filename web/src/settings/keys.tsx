import { useState } from 'preact/hooks'
import { api, dataOf } from '../client.ts'
import { ago } from '../format.ts'
import { useAct, useLoaded } from '../hooks.ts'
import { Failure, Field, Form } from '../parts.tsx'
import { t } from '../strings.ts'

const load = async () => {
  const { items } = dataOf(await api.GET('/users/me/keys', { params: { query: { limit: 100 } } }))
  return items.filter(({ revoked_at }) => !revoked_at)
}

export function Keys() {
  const { data: keys, error, reload } = useLoaded(load, [])
  const [secret, setSecret] = useState<string>()
  const make = useAct(async ({ name = '', writes }: Record<string, string>, form: HTMLFormElement) => {
    const body = { name, scopes: writes ? (['read', 'write'] as const) : (['read'] as const) }
    const made = dataOf(
      await api.POST('/users/me/keys', { body: { name: body.name, scopes: [...body.scopes] } as never }),
    )
    setSecret(made.key)
    form.reset()
    reload()
  })
  const revoke = useAct(async (id: string) => {
    dataOf(await api.DELETE('/users/me/keys/{id}', { params: { path: { id } } }))
    reload()
  })
  return (
    <section class="panel" aria-labelledby="keys-title">
      <h2 id="keys-title">{t.settings.keys}</h2>
      <p class="muted">{t.settings.keysLead}</p>
      {error !== undefined && <Failure error={error} reload={reload} />}
      {keys?.length === 0 && <p class="muted">{t.settings.noKeys}</p>}
      <ul class="rows">
        {keys?.map(({ id, name, prefix, scopes, last_used_at }) => (
          <li key={id}>
            <span class="grow">
              {name} <span class="muted">{`${prefix}… · ${scopes.join(', ')}`}</span>
              <br />
              <span class="muted">{last_used_at ? t.settings.lastUsed(ago(last_used_at)) : t.settings.never}</span>
            </span>
            <button
              type="button"
              aria-label={t.settings.revokeOf(name)}
              disabled={revoke.busy}
              onClick={() => void revoke.run(id)}
            >
              {t.settings.revoke}
            </button>
          </li>
        ))}
      </ul>
      {secret && (
        <div role="status">
          <p>{t.settings.keyOnce}</p>
          <p class="secret">{secret}</p>
        </div>
      )}
      <Form class="columns-of-fields" onSend={(fields, form) => void make.run(fields, form)}>
        <Field label={t.settings.keyName}>
          {(id) => <input id={id} name="name" required maxLength={100} autocomplete="off" />}
        </Field>
        <label class="check">
          <input type="checkbox" name="writes" /> {t.settings.keyWrites}
        </label>
        <button type="submit" disabled={make.busy}>
          {t.settings.makeKey}
        </button>
      </Form>
    </section>
  )
}
