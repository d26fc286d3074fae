import { call, database, type Person } from './api.ts'

/** Requests of a worker that claims the cards of a column. */

type Held = { id: string; claim: { token: string } }

export const claim = (by: Person, project_id: string, fields: object = {}, headers = {}) =>
  call('POST', `/projects/${project_id}/claims`, {
    token: by.token,
    headers,
    body: { from: 'todo', to: 'in_progress', lease_seconds: 300, ...fields },
  })

/** Renews, completes or releases a claim. */
export const actOnClaim = (
  by: Person,
  { id, claim }: Held,
  what: 'renew' | 'complete' | 'release',
  fields: object = {},
) => call('POST', `/tasks/${id}/claim/${what}`, { token: by.token, body: { token: claim.token, ...fields } })

/** Moves the end of these tasks' leases back by a day, so that a test need not wait for it. */
export const expire = (...ids: string[]) =>
  database()`update task_claims set expires_at = expires_at - interval '1 day' where task_id = any(${ids})`
