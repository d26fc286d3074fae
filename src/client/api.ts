import { hc } from 'hono/client'
import type { AppType } from '../app.ts'
import { fetchWithRetry } from './retry.ts'

type Options = {
  /** The access token or API key; or a function that is asked with every request, so that a refreshed one is used at once. */
  token?: string | (() => string | Promise<string>)
  fetch?: typeof fetch
}

/** The typed client of an API at `url`. Its keyed writes survive lost answers: `api.tasks.$post({ json }, keyed())`. */
export const flowtrack = (url: string, { token, fetch = fetchWithRetry }: Options = {}) =>
  hc<AppType>(url, {
    fetch,
    headers: async (): Promise<Record<string, string>> => {
      const current = typeof token === 'function' ? await token() : token
      return current ? { Authorization: `Bearer ${current}` } : {}
    },
  })

/** Makes a write happen once, however often it has to be sent. Keep what it returns to repeat the write later. */
export const keyed = (key: string = crypto.randomUUID()) => ({ headers: { 'Idempotency-Key': key } })
