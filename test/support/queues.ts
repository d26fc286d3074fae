import { call, newProject, newTask } from './api.ts'
import type { Caller, Cast } from './callers.ts'

/** The id of a new project, in which the caller has the same role. */
export async function freshProject({ owner }: Cast, { id, role }: Caller): Promise<string> {
  const board = await newProject(owner.token)
  if (id && role)
    await call('POST', `/projects/${board.id}/members`, { token: owner.token, body: { user_id: id, role } })
  return board.id
}

/**
 * The id of a new project with one card to claim, in which the caller has the same role. An administrator becomes a
 * member, since cards are assigned to members only.
 */
export async function queueFor(cast: Cast, caller: Caller): Promise<string> {
  const id = await freshProject(cast, caller)
  const { token } = cast.owner
  if (caller.name === 'an administrator')
    await call('POST', `/projects/${id}/members`, { token, body: { user_id: caller.id, role: 'contributor' } })
  await newTask(token, id)
  return id
}
const claimIn = (token: string | undefined, id: string) =>
  call('POST', `/projects/${id}/claims`, { token, body: { from: 'todo', to: 'in_progress', lease_seconds: 300 } })

/** Number and claim token of a card in a new project, claimed by the caller if they may, else by the owner. */
export async function claimedBy(cast: Cast, caller: Caller): Promise<{ task: string; token: string }> {
  const id = await queueFor(cast, caller)
  const mine = await claimIn(caller.token, id)
  const { body } = mine.status === 201 ? mine : await claimIn(cast.owner.token, id)
  return { task: body.number, token: body.claim.token }
}
