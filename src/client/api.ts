import { hc } from 'hono/client'
import type { AppType } from '../app.ts'
import { fetchWithRetry } from './retry.ts'

type Options = {
  /** The access token or API key, asked for with every request: a refreshed one is used at once. */
  token?: () => string | Promise<string>
  fetch?: typeof fetch
}

/** The typed client of an API at `url`. Its keyed writes survive lost answers: `api.tasks.$post({ json }, keyed())`. */
export const flowtrack = (url: string, { token, fetch = fetchWithRetry }: Options = {}) =>
  hc<AppType>(url, {
    fetch,
    headers: async (): Promise<Record<string, string>> => (token ? { Authorization: `Bearer ${await token()}` } : {}),
  })

/** Makes a write happen once, however often it has to be sent. Keep what it returns to repeat the write later. */
export const keyed = (key: string = crypto.randomUUID()) => ({ headers: { 'Idempotency-Key': key } })
