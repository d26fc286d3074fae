import { useState } from 'preact/hooks'
import { api, dataOf } from '../client.ts'
import { useAct } from '../hooks.ts'
import { Avatar, Field, Form } from '../parts.tsx'
import type { TokenLink } from '../routes.ts'
import { t } from '../strings.ts'
import { LinkOnce } from './link.tsx'
import { searchUsers } from './search-users.ts'

type Found = Awaited<ReturnType<typeof searchUsers>>

/** Finds a person who cannot sign in, and makes a link with which they set a new password. */
export function RecoveryLinks() {
  const [found, setFound] = useState<Found>()
  const [tokenLink, setTokenLink] = useState<TokenLink>()
  const find = useAct(async ({ q = '' }: Record<string, string>) => {
    setTokenLink(undefined)
    setFound(await searchUsers(q.trim()))
  })
  const make = useAct(async (id: string) => {
    const { token } = dataOf(await api.POST('/users/{id}/recovery-link', { params: { path: { id } } }))
    setTokenLink({ to: 'recover', token })
    setFound(undefined)
  })
  return (
    <section class="panel" aria-labelledby="recovery">
      <h2 id="recovery">{t.people.recovery}</h2>
      <p class="muted">{t.people.recoveryLead}</p>
      <Form class="columns-of-fields" onSend={(fields) => void find.run(fields)}>
        <Field label={t.people.find}>
          {(id) => <input id={id} name="q" minLength={2} maxLength={200} required autocomplete="off" />}
        </Field>
        <button type="submit" aria-disabled={find.busy}>
          {t.search.open}
        </button>
      </Form>
      {found?.length === 0 && <p>{t.people.noneFound}</p>}
      <ul class="rows">
        {found?.map(({ id, name }) => (
          <li key={id}>
            <Avatar id={id} name={name} />
            <span class="grow">{name}</span>
            <button
              type="button"
              aria-label={t.people.makeLinkFor(name)}
              aria-disabled={make.busy}
              onClick={() => void make.run(id)}
            >
              {t.people.makeLink}
            </button>
          </li>
        ))}
      </ul>
      {tokenLink && <LinkOnce tokenLink={tokenLink} />}
    </section>
  )
}
