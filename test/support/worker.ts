import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { app } from '../../src/app.ts'
import { type Answer, type Init, ORIGIN } from './api.ts'
import { laneOf } from './lane.ts'

/**
 * A second Worker with its own settings and memory, on the same databases as the one under test. Its requests to them
 * are counted, and broken, apart from all others.
 */
export function newWorker(settings: Record<string, string> = {}) {
  const lane = laneOf(crypto.randomUUID())
  const here = { ...env, ...lane.vars, ...settings } as Env
  async function call<T = any>(method: string, path: string, { token, body, headers }: Init = {}): Promise<Answer<T>> {
    const execution = createExecutionContext()
    const request = new Request(`${ORIGIN}${path}`, {
      method,
      headers: {
        ...(token && { Authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const response = await app.fetch(request, here, execution)
    response.webSocket?.accept()
    response.webSocket?.close(1000, 'done')
    const text = response.status === 101 ? '' : await response.text()
    await waitOnExecutionContext(execution)
    return { status: response.status, headers: response.headers, text, body: text ? JSON.parse(text) : undefined }
  }
  /** Injects these faults between this Worker and Redis, until `healRedis`. */
  const breakRedis = (faults: object) =>
    fetch(`${lane.redis}/control`, { method: 'POST', body: JSON.stringify(faults) })
  const healRedis = () => fetch(`${lane.redis}/control`, { method: 'DELETE' })
  return { call, requests: lane.requests, breakRedis, healRedis }
}
