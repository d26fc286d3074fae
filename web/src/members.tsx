import { useState } from 'preact/hooks'
import { leaveBy, useLiveBoard } from './board/live.ts'
import { api, dataOf, type Member, requireGone, type User } from './client.ts'
import { Confirm, ConfirmButton } from './confirm.tsx'
import { useAct, useLoaded, useTitle } from './hooks.ts'
import { loadPages } from './pages.ts'
import { Avatar, EmptyState, Failure, Field, Form, Loading, Select } from './parts.tsx'
import { searchUsers } from './people/search-users.ts'
import { ProjectBar } from './project-bar.tsx'
import { t } from './strings.ts'

type Role = Member['role']
const ROLES: Role[] = ['viewer', 'commenter', 'contributor', 'editor', 'manager']
const OPTIONS = ROLES.map((role): [Role, string] => [role, t.members.roles[role]])

/** All members of a project. */
const loadMembers = async (id: string): Promise<Member[]> => {
  const { items } = await loadPages<Member>(async (after) => {
    const query = { limit: 100, ...after }
    return dataOf(await api.GET('/projects/{id}/members', { params: { path: { id }, query } }))
  }, Number.POSITIVE_INFINITY)
  return items
}

/** A project, with all its members. */
export async function loadProject(id: string) {
  const [project, members] = await Promise.all([
    api.GET('/projects/{id}', { params: { path: { id } } }),
    loadMembers(id),
  ])
  return { project: dataOf(project), members }
}

export function Members({ project: id, user }: { project: string; user: User }) {
  const [, { board }] = useLiveBoard(id, 1) // tells when somebody joins, leaves or gets another role: also oneself
  const { data, error, reload } = useLoaded(() => loadProject(id), [id, board?.members])
  useTitle(`${t.members.title} · ${data?.project.name ?? t.appName}`)
  if (error !== undefined && !data) return <Failure error={error} reload={reload} />
  if (!data) return <Loading />
  const { project, members } = data
  const mine = members.find(({ user_id }) => user_id === user.id)
  const manages = mine?.role === 'manager' || user.role === 'admin'
  return (
    <>
      <ProjectBar project={project} at="members" />
      <div class="page narrow">
        <div class="page-head">
          <h2>{t.members.title}</h2>
        </div>
        <ul class="rows">
          {members.map((member) => (
            <Row key={member.id} member={member} user={user} manages={manages} onChanged={reload} />
          ))}
        </ul>
        {manages && <AddMember project={id} present={members} onAdded={reload} />}
        <dl class="roles">
          {ROLES.map((role) => (
            <div key={role}>
              <dt>{t.members.roles[role]}</dt>
              <dd class="muted">{t.members.may[role]}</dd>
            </div>
          ))}
        </dl>
      </div>
    </>
  )
}

type RowProps = { member: Member; user: User; manages: boolean; onChanged: () => void }

type RemoveProps = { member: Member; isMe: boolean; onChanged: () => void }

/** Ends a membership. */
function RemoveMember({ member, isMe, onChanged }: RemoveProps) {
  const { project_id: id, user_id, user } = member
  const end = async () =>
    requireGone(await api.DELETE('/projects/{id}/members/{user_id}', { params: { path: { id, user_id } } }))
  const remove = useAct(async () => {
    if (isMe) return leaveBy(id, end)
    await end()
    onChanged()
  }, t.announce.removed(user.name))
  return (
    <ConfirmButton
      class="quiet"
      title={isMe ? t.members.leave : t.members.remove(user.name)}
      text={t.members.reallyRemove(user.name)}
      label={isMe ? t.members.leave : t.remove}
      busy={remove.busy}
      onConfirm={() => void remove.run()}
    >
      {isMe ? t.members.leave : t.remove}
    </ConfirmButton>
  )
}

type LowerProps = { role: Role; onConfirm: () => void; onClose: () => void }

/** Asks somebody whether they really want a lower role, as they cannot take the old one back. */
const LowerOwnRole = ({ role, ...rest }: LowerProps) => (
  <Confirm
    title={t.members.lower}
    text={t.members.reallyLower}
    label={t.members.become(t.members.roles[role])}
    {...rest}
  />
)

function Row({ member, user, manages, onChanged }: RowProps) {
  const isMe = member.user_id === user.id
  const mayLose = isMe && user.role !== 'admin' // an administrator may do everything without a role
  const path = { id: member.project_id, user_id: member.user_id }
  const { name, email } = member.user
  const [lower, setLower] = useState<Role>()
  const change = useAct(async (role: Role) => {
    dataOf(await api.PATCH('/projects/{id}/members/{user_id}', { params: { path }, body: { role } }))
    onChanged()
  }, t.announce.saved)
  const pick = (role: Role) => {
    if (mayLose && ROLES.indexOf(role) < ROLES.indexOf(member.role)) setLower(role)
    else void change.run(role)
  }
  return (
    <li>
      <Avatar id={member.user_id} name={name} />
      <span class="grow">
        {name} {isMe && <span class="muted">({t.you})</span>}
        <br />
        <span class="muted">{email}</span>
      </span>
      {manages ? (
        <Select
          unseen
          saves
          label={t.members.roleOf(name)}
          value={member.role}
          options={OPTIONS}
          onPick={(role) => role && pick(role)}
        />
      ) : (
        <span>{t.members.roles[member.role]}</span>
      )}
      {(manages || isMe) && <RemoveMember member={member} isMe={isMe} onChanged={onChanged} />}
      {lower && (
        <LowerOwnRole
          role={lower}
          onConfirm={() => {
            setLower(undefined)
            void change.run(lower)
          }}
          onClose={() => setLower(undefined)}
        />
      )}
    </li>
  )
}

/** Finds people, and makes them members. */
function AddMember({ project, present, onAdded }: { project: string; present: Member[]; onAdded: () => void }) {
  const [role, setRole] = useState<Role>('contributor')
  const [found, setFound] = useState<{ q: string; people: { id: string; name: string }[] }>()
  const find = useAct(async (fields: Record<string, string>) => {
    const q = fields.q?.trim() ?? ''
    setFound({ q, people: await searchUsers(q) })
  })
  const add = useAct(async (user_id: string) => {
    dataOf(await api.POST('/projects/{id}/members', { params: { path: { id: project } }, body: { user_id, role } }))
    setFound(undefined)
    onAdded()
  }, t.announce.saved)
  const others = found?.people.filter(({ id }) => !present.some(({ user_id }) => user_id === id))
  return (
    <section class="part" aria-label={t.members.add}>
      <h2>{t.members.add}</h2>
      <Form class="columns-of-fields" onSend={(fields) => void find.run(fields)}>
        <Field label={t.members.find}>
          {(id) => <input id={id} name="q" minLength={2} maxLength={200} required autocomplete="off" />}
        </Field>
        <Select label={t.members.role} value={role} options={OPTIONS} onPick={(role) => role && setRole(role)} />
        <button type="submit" aria-disabled={find.busy}>
          {t.search.open}
        </button>
      </Form>
      {found && others?.length === 0 && (
        <EmptyState title={found.q.includes('@') ? t.members.noAccount(found.q) : t.members.noneFound} />
      )}
      <ul class="rows">
        {others?.map(({ id, name }) => (
          <li key={id}>
            <Avatar id={id} name={name} />
            <span class="grow">{name}</span>
            <button
              type="button"
              aria-disabled={add.busy}
              aria-label={`${t.add} ${name}`}
              onClick={() => void add.run(id)}
            >
              {t.add}
            </button>
          </li>
        ))}
      </ul>
    </section>
  )
}
