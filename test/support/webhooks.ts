import { env } from 'cloudflare:workers'
import { Webhook } from 'standardwebhooks'
import { expect } from 'vitest'
import { call, database, type Person } from './api.ts'
import type { Manner, Received } from './receiver.ts'

/** Webhooks, and boxes of the receiver in test/support/receiver.ts, one for each webhook. */

const receiver = () => (env as unknown as { RECEIVER: string }).RECEIVER

/** A new box of the receiver. It answers 204, or in the given manner once `ready` has resolved. */
export function newBox(manner?: Manner) {
  const url = `${receiver()}/${crypto.randomUUID()}`
  const received = async (): Promise<Received[]> => (await fetch(url)).json()
  const behave = async (manner: Manner) => void (await fetch(url, { method: 'PUT', body: JSON.stringify(manner) }))
  /** Waits until the box has at least `count` messages, and returns all of them. */
  async function until(count: number): Promise<Received[]> {
    await expect.poll(async () => (await received()).length, { interval: 30 }).toBeGreaterThanOrEqual(count)
    return received()
  }
  return { url, received, behave, until, ready: manner === undefined ? Promise.resolve() : behave(manner) }
}
export const createWebhook = (by: Pick<Person, 'token'>, project_id: string, fields: object) =>
  call('POST', `/projects/${project_id}/webhooks`, { token: by.token, body: fields })

/** Pauses a project's webhooks, so that they do not deliver what later tests do. */
export async function pauseWebhooks(project_id: string): Promise<void> {
  const sql = database()
  const pause = sql`update webhooks set status = 'paused' where project_id = ${project_id} and status = 'active'`
  await sql.transaction([sql`select set_actor(null)`, pause])
}

/** The payload, verified by the library that receivers use. Throws if the signature is not valid. */
export const verifyPayload = ({ body, headers }: Received, secret: string): any =>
  new Webhook(secret).verify(body, headers)

export const seqsOf = (received: Received[]): number[] => received.map(({ body }) => JSON.parse(body).seq)

/** Waits until a webhook's state matches `wanted`, and returns the state. */
export async function waitForState({ id }: { id: string }, wanted: object): Promise<any> {
  const state = async () =>
    (
      await database()`select w.status, s.last_error, s.delivered_seq::int, s.failing_since::text
      from webhooks w join webhook_states s on s.webhook_id = w.id where w.id = ${id}`
    )[0]
  await expect.poll(state, { interval: 30 }).toMatchObject(wanted)
  return state()
}
