import { env } from 'cloudflare:workers'

const ENDPOINT = (env as unknown as { NEON_FETCH_ENDPOINT: string }).NEON_FETCH_ENDPOINT

async function count(url: string): Promise<number> {
  const state = await (await fetch(`${url}/control`)).json<{ requests: number }>()
  return state.requests
}

/**
 * A lane through the bridges, which count its requests, and break it, apart from those of other lanes. `vars` replace
 * values of the Worker's environment; `neon` and `redis` are URLs whose `/control` shows and sets the lane's faults.
 */
export function laneOf(name: string) {
  const database = new URL(env.DATABASE_URL)
  database.hostname = `${name}.test` // the driver's endpoint is looked up by host
  const neon = new URL(`/t/${name}`, ENDPOINT).href
  const redis = new URL(`/t/${name}`, env.UPSTASH_REDIS_REST_URL).href
  return {
    vars: { DATABASE_URL: database.href, NEON_FETCH_ENDPOINT: `${neon}/sql`, UPSTASH_REDIS_REST_URL: redis },
    neon,
    redis,
    requests: async () => ({ neon: await count(neon), redis: await count(redis) }),
  }
}
