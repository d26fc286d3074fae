import { useState } from 'preact/hooks'
import { api, dataOf, requireGone } from '../client.ts'
import { ConfirmButton } from '../confirm.tsx'
import { formatAgo, formatMoment } from '../format.ts'
import { useAct, useLoaded } from '../hooks.ts'
import { loadAll } from '../pages.ts'
import { Field, Form, LoadStatus } from '../parts.tsx'
import type { TokenLink } from '../routes.ts'
import { t } from '../strings.ts'
import { LinkOnce } from './link.tsx'

const loadInvitations = async () => {
  const invitations = await loadAll(async (after) =>
    dataOf(await api.GET('/invitations', { params: { query: { limit: 100, ...after } } })),
  )
  return invitations.filter(
    ({ revoked_at, used_at, expires_at }) => !revoked_at && (used_at || Date.parse(expires_at) > Date.now()),
  )
}

type Invitation = Awaited<ReturnType<typeof loadInvitations>>[number]
type Role = Invitation['role']

function Row({ invitation, onWithdrawn }: { invitation: Invitation; onWithdrawn: () => void }) {
  const { id, email, role, expires_at, used_at } = invitation
  const withdraw = useAct(async () => {
    requireGone(await api.DELETE('/invitations/{id}', { params: { path: { id } } }))
    onWithdrawn()
  }, t.announce.removed(email))
  return (
    <li>
      <span class="grow">
        {email} <span class="muted">{t.people.roles[role]}</span>
        <br />
        <span class="muted" title={formatMoment(used_at ?? expires_at)}>
          {used_at ? t.people.used(formatAgo(used_at)) : t.people.until(formatMoment(expires_at))}
        </span>
      </span>
      {!used_at && (
        <ConfirmButton
          title={t.people.withdrawOf(email)}
          text={t.people.reallyWithdraw}
          label={t.people.withdraw}
          busy={withdraw.busy}
          onConfirm={() => void withdraw.run()}
        >
          {t.people.withdraw}
        </ConfirmButton>
      )}
    </li>
  )
}

const InviteFields = () => (
  <>
    <Field label={t.people.email}>
      {(id) => <input id={id} name="email" type="email" required maxLength={254} autocomplete="off" />}
    </Field>
    <Field label={t.people.role}>
      {(id) => (
        <select id={id} name="role">
          {(Object.keys(t.people.roles) as Role[]).map((role) => (
            <option key={role} value={role}>
              {t.people.roles[role]}
            </option>
          ))}
        </select>
      )}
    </Field>
  </>
)

export function Invitations() {
  const { data: invitations, error, reload } = useLoaded(loadInvitations, [])
  const [tokenLink, setTokenLink] = useState<TokenLink>()
  const invite = useAct(async ({ email = '', role }: Record<string, string>, form: HTMLFormElement) => {
    const { token } = dataOf(await api.POST('/invitations', { body: { email, role: role as Role } }))
    setTokenLink({ to: 'join', token })
    form.reset()
    reload()
  })
  return (
    <section class="panel" aria-labelledby="invitations">
      <h2 id="invitations">{t.people.invitations}</h2>
      <p class="muted">{t.people.invitationsLead}</p>
      <Form class="columns-of-fields" onSend={(fields, form) => void invite.run(fields, form)}>
        <InviteFields />
        <button type="submit" class="primary" aria-disabled={invite.busy}>
          {t.people.invite}
        </button>
      </Form>
      {tokenLink && <LinkOnce tokenLink={tokenLink} />}
      <LoadStatus data={invitations} error={error} reload={reload} />
      {invitations?.length === 0 && <p>{t.people.none}</p>}
      <ul class="rows">
        {invitations?.map((invitation) => (
          <Row key={invitation.id} invitation={invitation} onWithdrawn={reload} />
        ))}
      </ul>
    </section>
  )
}
