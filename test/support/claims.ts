import { call, database, type Person } from './api.ts'

/** Requests of somebody who works off a column. */

type Held = { id: string; claim: { token: string } }

export const claim = (by: Person, project_id: string, fields: object = {}, headers = {}) =>
  call('POST', `/projects/${project_id}/claims`, {
    token: by.token,
    headers,
    body: { from: 'todo', to: 'in_progress', lease_seconds: 300, ...fields },
  })

export const act = (by: Person, { id, claim }: Held, what: 'renew' | 'complete' | 'release', fields: object = {}) =>
  call('POST', `/tasks/${id}/claim/${what}`, { token: by.token, body: { token: claim.token, ...fields } })

/** As if the lease had been over for a while: nobody here waits for half a minute. */
export const expire = (...ids: string[]) =>
  database()`update task_claims set expires_at = expires_at - interval '1 day' where task_id = any(${ids})`
