import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { IncomingMessage } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import { api } from '../../test/faults/support/api.ts'
import type { Deployment } from '../../test/faults/support/deployment.ts'
import { newPerson, newProject } from '../../test/faults/support/people.ts'
import type { Site } from '../../test/faults/support/site.ts'
import { CountingSocket, percentile } from './socket.ts'

const WARM_UP = 20
const AT_ONCE = 50
const WITHIN_MS = 30_000

/** A hub with its open sockets. `send` makes it send one message to all of them; `times` are in ms. */
type Hub = { name: string; listeners: CountingSocket[]; send: () => Promise<unknown>; times: number[] }

/** `at`: when the database's first answer since `at` was 0 left the bridge, in ms: the Worker then knows the commit. */
class CommitClock {
  at = 0
  readonly #onFinish = (message: unknown) => {
    const { request } = message as { request: IncomingMessage }
    if (this.at === 0 && request.url?.endsWith('/sql')) this.at = performance.now()
  }

  constructor() {
    subscribe('http.server.response.finish', this.#onFinish)
  }

  stop(): void {
    unsubscribe('http.server.response.finish', this.#onFinish)
  }
}

async function openListeners(count: number, url: string, token: string): Promise<CountingSocket[]> {
  const listeners: CountingSocket[] = []
  while (listeners.length < count) {
    const some = Math.min(AT_ONCE, count - listeners.length)
    listeners.push(...(await Promise.all(Array.from({ length: some }, () => CountingSocket.open(url, token)))))
  }
  return listeners
}

/** Waits until no socket has received anything for a second, so that the next message is the one to measure. */
async function waitUntilQuiet(listeners: CountingSocket[]): Promise<void> {
  for (let before = -1, heard = 0; before !== heard; ) {
    before = heard
    await wait(1_000)
    heard = listeners.reduce((sum, listener) => sum + listener.heard, 0)
  }
}

/** Sends one message. Returns the ms from the commit until the last socket has received it. */
async function measure(hub: Hub, clock: CommitClock): Promise<number> {
  const goals = hub.listeners.map((listener) => listener.heard + 1)
  const given_up = Date.now() + WITHIN_MS
  clock.at = 0
  await hub.send()
  while (hub.listeners.some((listener, i) => listener.heard < (goals[i] ?? 0))) {
    if (Date.now() > given_up)
      throw new Error(`${hub.name}: not every socket received the message within ${WITHIN_MS} ms`)
    await wait(1)
  }
  return Math.max(...hub.listeners.map((listener) => listener.last_at)) - clock.at
}

/** Opens `count` sockets to a board, and as many to a bare hub that sends texts of the same length. */
async function openHubs(site: Site, count: number): Promise<Hub[]> {
  const person = await newPerson(site, 'Bench')
  const { token } = person
  const project_id = await newProject(site, person, 'Bench')
  const task = await api<{ id: string }>(site, 'POST', '/tasks', token, { project_id, title: 'Title 0' })
  const listeners = await openListeners(count, `${site.url}/ws/projects/${project_id}`, token)
  await waitUntilQuiet(listeners)
  const [first] = listeners
  const before = first?.bytes ?? 0
  let n = 0
  const change = () => api(site, 'PATCH', `/tasks/${task.body.id}`, token, { title: `Title ${++n}` })
  await change()
  await waitUntilQuiet(listeners)
  const bare = `${site.url}/bare/${project_id}`
  const body = 'x'.repeat((first?.bytes ?? 0) - before)
  const others = await openListeners(count, bare, token)
  return [
    { name: 'bare loop', listeners: others, send: () => fetch(bare, { method: 'POST', body }), times: [] },
    { name: 'board', listeners, send: change, times: [] },
  ]
}

/**
 * Measures the time from the commit to the last of 100 and of 1,000 sockets; and, for a hub that only loops over its
 * sockets, from the database's answer to the last socket. By turns, in the same workerd. Prints both.
 */
export async function measureFanOuts({ sites }: Deployment, rounds: number): Promise<void> {
  const clock = new CommitClock()
  const table: Record<string, object> = {}
  for (const count of [100, 1_000]) {
    const hubs = await openHubs(sites[0], count)
    for (let round = 0; round < WARM_UP + rounds; round++) {
      for (const hub of hubs) {
        const ms = await measure(hub, clock)
        if (round >= WARM_UP) hub.times.push(ms)
      }
    }
    const [bare, board] = hubs.map(({ times }) => [percentile(times, 0.5), percentile(times, 0.99)])
    for (const hub of hubs) for (const listener of hub.listeners) listener.close()
    const [[bare50 = 0, bare99 = 0], [p50 = 0, p99 = 0]] = [bare ?? [], board ?? []]
    const row = { p50_ms: p50, bare_p50_ms: bare50, p50_ratio: p50 / bare50, p99_ms: p99, bare_p99_ms: bare99 }
    const rounded = Object.entries({ ...row, p99_ratio: p99 / bare99 }).map(([key, ms]) => [key, Number(ms.toFixed(2))])
    table[`${count} sockets`] = Object.fromEntries(rounded)
  }
  clock.stop()
  console.log(`Commit to the last socket, ${rounds} changes each, next to a bare loop over hibernating sockets`)
  console.table(table)
}
