import { env } from 'cloudflare:workers'
import { Webhook } from 'standardwebhooks'
import { expect } from 'vitest'
import { call, database, type Person } from './api.ts'
import type { Manner, Received } from './receiver.ts'

/** Webhooks, and a receiver that has a box for each. */

const receiver = () => (env as unknown as { RECEIVER: string }).RECEIVER

/** A new box of the receiver's. */
export function newBox(manner?: Manner) {
  const url = `${receiver()}/${crypto.randomUUID()}`
  const received = async (): Promise<Received[]> => (await fetch(url)).json()
  const behave = async (manner: Manner) => void (await fetch(url, { method: 'PUT', body: JSON.stringify(manner) }))
  /** What it has got, once that are so many. */
  async function until(count: number): Promise<Received[]> {
    await expect
      .poll(async () => (await received()).length, { timeout: 15_000, interval: 30 })
      .toBeGreaterThanOrEqual(count)
    return received()
  }
  return { url, received, behave, until, ready: manner === undefined ? Promise.resolve() : behave(manner) }
}
export type Box = ReturnType<typeof newBox>

export const createWebhook = (by: Pick<Person, 'token'>, project_id: string, fields: object) =>
  call('POST', `/projects/${project_id}/webhooks`, { token: by.token, body: fields })

/** The message, checked by the library that its receiver would use. Throws for one that somebody else has made. */
export const verified = ({ body, headers }: Received, secret: string): any => new Webhook(secret).verify(body, headers)

export const seqs = (received: Received[]): number[] => received.map(({ body }) => JSON.parse(body).seq)

/** How a webhook stands, once it is so. */
export async function stateOf({ id }: { id: string }, wanted: object): Promise<any> {
  const state = async () =>
    (
      await database()`select w.status, s.last_error, s.delivered_seq::int, s.failing_since::text
      from webhooks w join webhook_states s on s.webhook_id = w.id where w.id = ${id}`
    )[0]
  await expect.poll(state, { timeout: 15_000, interval: 30 }).toMatchObject(wanted)
  return state()
}
