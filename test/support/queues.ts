import { call, project, task } from './api.ts'
import type { Caller, World } from './callers.ts'

/** Another project, in which the caller has the same role. */
export async function freshProject({ owner }: World, { id, role }: Caller): Promise<string> {
  const board = await project(owner.token)
  if (id && role)
    await call('POST', `/projects/${board.id}/members`, { token: owner.token, body: { user_id: id, role } })
  return board.id
}

/** A project with a card that waits in a queue. Cards are assigned to members only: an administrator is one there. */
export async function queueFor(w: World, caller: Caller): Promise<string> {
  const id = await freshProject(w, caller)
  const { token } = w.owner
  if (caller.name === 'an administrator')
    await call('POST', `/projects/${id}/members`, { token, body: { user_id: caller.id, role: 'contributor' } })
  await task(token, id)
  return id
}
const take = (token: string | undefined, id: string) =>
  call('POST', `/projects/${id}/claims`, { token, body: { from: 'todo', to: 'in_progress', lease_seconds: 300 } })

/** A card that the caller has claimed, if they may. */
export async function claimedBy(w: World, caller: Caller): Promise<{ task: string; token: string }> {
  const id = await queueFor(w, caller)
  const mine = await take(caller.token, id)
  const { body } = mine.status === 201 ? mine : await take(w.owner.token, id)
  return { task: body.number, token: body.claim.token }
}
