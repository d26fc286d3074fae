import { createExecutionContext, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { app } from '../../src/app.ts'
import type { Region } from '../../src/config/regions.ts'
import { hubName, relayName, shardOf } from '../../src/live/places.ts'
import { ORIGIN } from './api.ts'
import { LiveSocket } from './socket.ts'

type Caller = { token: string }

/** As test/vitest.config.ts sets RELAY_SHARDS for these tests. */
export const SHARDS = 2

/** The Worker as people in one region meet it. */
export function from(region: Region) {
  const here = { ...env, HUB_MODE: 'regional', REGION: region } as Env
  // Fetched anew each time: a killed object's stub is broken.
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
      if (!response.webSocket) throw new Error(`No socket: ${response.status} ${await response.text()}`)
      return new LiveSocket(response.webSocket, options)
    },
    /** When the relay looks next; null while it rests. */
    alarm: (project_id: string) => runInDurableObject(relay(project_id), (_relay, state) => state.storage.getAlarm()),
    /** Ends the relay as a crash would: what it has in memory is gone, and its stream with it. */
    killRelay: (project_id: string) =>
      runInDurableObject(relay(project_id), (_relay, state) => state.abort()).catch(() => undefined),
    /** From here on nothing arrives by an alarm, be it the relay's or the hub's. */
    async withoutAlarms(project_id: string) {
      for (const stub of [relay(project_id), hub(project_id)])
        await runInDurableObject(stub, (_object, state) => state.storage.deleteAlarm())
    },
  }
}

const CONTROL = `${env.UPSTASH_REDIS_REST_URL}/control`

/** What the Redis bridge has counted for these tests. */
export const redis = async () =>
  (await fetch(CONTROL)).json<{ streams: number; requests: number; injected: Record<string, number> }>()

/** Breaks Redis for these tests, until `heal`. */
export async function breakRedis(faults: object): Promise<void> {
  await fetch(CONTROL, { method: 'POST', body: JSON.stringify(faults) })
}

export const heal = () => fetch(CONTROL, { method: 'DELETE' })
