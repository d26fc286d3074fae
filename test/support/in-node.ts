import { app } from '../../src/app.ts'

/**
 * Replaces the module `cloudflare:workers` in tests that have to run in Node: the API, with Durable Objects that do
 * nothing.
 */

export const env: Record<string, unknown> = {}

const object = new Proxy(
  {},
  {
    get: (_, method) =>
      method === 'then' ? undefined : async () => (method === 'fetch' ? new Response('joined') : []),
  },
)
const namespace = { getByName: () => object }

const pending: Promise<unknown>[] = []
const execution = { waitUntil: (work: Promise<unknown>) => void pending.push(work), passThroughOnException: () => {} }

/** Announces nothing to anybody. */
export const realtime = {
  announce: () => undefined,
  endAccess: () => undefined,
  recheck: () => undefined,
  wakeForClaims: () => undefined,
  wakeWebhooks: () => undefined,
  notify: () => undefined,
}

/** Waits for the work that goes on after the answers (`waitUntil`). */
export const waitForPending = async () => void (await Promise.allSettled(pending.splice(0)))

export const exports = {
  default: {
    fetch: (url: string | Request, init?: RequestInit) => {
      const ASSETS = { fetch: async () => new Response('{}') }
      const objects = {
        PROJECT_HUB: namespace,
        USER_HUB: namespace,
        REGION_RELAY: namespace,
        LEASE_CLOCK: namespace,
        WEBHOOK_SENDER: namespace,
        ASSETS,
      }
      return app.fetch(new Request(url, init), { ...objects, ...env }, execution as never)
    },
  },
}
