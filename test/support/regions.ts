import { createExecutionContext, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { app } from '../../src/app.ts'
import type { Region } from '../../src/config/regions.ts'
import { hubName, relayName, shardOf } from '../../src/live/places.ts'
import { ORIGIN } from './api.ts'
import { LiveSocket } from './socket.ts'

type Caller = { token: string }

/** Equal to RELAY_SHARDS, as test/vitest.config.ts sets it for these tests. */
export const SHARDS = 2

/** The Worker as it runs for people in one region, with the relay and the hubs of that region. */
export function workerIn(region: Region) {
  const here = { ...env, HUB_MODE: 'regional', REGION: region } as Env
  // A new stub each time: the stub of an object that was killed is broken.
  const relay = (project_id: string) => env.REGION_RELAY.getByName(relayName(region, shardOf(project_id, SHARDS)))
  const hub = (project_id: string) => env.PROJECT_HUB.getByName(hubName(project_id, region))
  return {
    region,
    relay,
    hub,
    async call(method: string, path: string, { token }: Caller, body?: unknown) {
      const request = new Request(`${ORIGIN}${path}`, {
        method,
        headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      })
      const response = await app.fetch(request, here, createExecutionContext())
      const text = await response.text()
      return { status: response.status, body: text ? JSON.parse(text) : undefined }
    },
    async connect(project_id: string, { token }: Caller, query = '', options = {}): Promise<LiveSocket> {
      const headers = { Upgrade: 'websocket', Authorization: `Bearer ${token}` }
      const request = new Request(`${ORIGIN}/ws/projects/${project_id}${query}`, { headers })
      const response = await app.fetch(request, here, createExecutionContext())
      if (!response.webSocket)
        throw new Error(`The upgrade opened no socket: ${response.status} ${await response.text()}`)
      return new LiveSocket(response.webSocket, options)
    },
    /** When the relay's next tick is, in milliseconds since 1970; null if none is set. */
    alarm: (project_id: string) => runInDurableObject(relay(project_id), (_relay, state) => state.storage.getAlarm()),
    /** Ends the relay as a crash would: what it has in memory is gone, and its stream with it. */
    killRelay: (project_id: string) =>
      runInDurableObject(relay(project_id), (_relay, state) => state.abort()).catch(() => undefined),
    /** Deletes the alarms of the relay and of the hub, so that no later message comes from a tick. */
    async withoutAlarms(project_id: string) {
      for (const stub of [relay(project_id), hub(project_id)])
        await runInDurableObject(stub, (_object, state) => state.storage.deleteAlarm())
    },
  }
}

const CONTROL = `${env.UPSTASH_REDIS_REST_URL}/control`

/** What the Redis bridge has counted for these tests. */
export const redisState = async () =>
  (await fetch(CONTROL)).json<{ streams: number; requests: number; injected: Record<string, number> }>()

/** Injects faults between these tests and Redis, until `heal`. */
export async function breakRedis(faults: object): Promise<void> {
  await fetch(CONTROL, { method: 'POST', body: JSON.stringify(faults) })
}

export const healRedis = () => fetch(CONTROL, { method: 'DELETE' })
