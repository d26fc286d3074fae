import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { IncomingMessage } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import { api } from '../../test/faults/support/api.ts'
import { newPerson, newProject } from '../../test/faults/support/people.ts'
import type { Site } from '../../test/faults/support/site.ts'
import type { World } from '../../test/faults/support/world.ts'
import { Ear, percentile } from './socket.ts'

const WARM_UP = 20
const AT_ONCE = 50
const WITHIN_MS = 30_000

/** Something that tells all ears of it, and the ears. */
type Hub = { name: string; ears: Ear[]; tell: () => Promise<unknown>; times: number[] }

/** When the database's answer to the write that is under way left the bridge: the commit, as the Worker learns of it. */
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

async function openEars(count: number, url: string, token: string): Promise<Ear[]> {
  const ears: Ear[] = []
  while (ears.length < count) {
    const some = Math.min(AT_ONCE, count - ears.length)
    ears.push(...(await Promise.all(Array.from({ length: some }, () => Ear.open(url, token)))))
  }
  return ears
}

/** No ear hears anything for a while: what comes now is what is told. */
async function untilQuiet(ears: Ear[]): Promise<void> {
  for (let before = -1, heard = 0; before !== heard; ) {
    before = heard
    await wait(1_000)
    heard = ears.reduce((sum, ear) => sum + ear.heard, 0)
  }
}

/** One message: milliseconds from the commit until the last ear has it. */
async function measure(hub: Hub, clock: CommitClock): Promise<number> {
  const goals = hub.ears.map((ear) => ear.heard + 1)
  const given_up = Date.now() + WITHIN_MS
  clock.at = 0
  await hub.tell()
  while (hub.ears.some((ear, i) => ear.heard < (goals[i] ?? 0))) {
    if (Date.now() > given_up) throw new Error(`${hub.name}: not every socket was told within ${WITHIN_MS} ms`)
    await wait(1)
  }
  return Math.max(...hub.ears.map((ear) => ear.last_at)) - clock.at
}

/** A board with so many sockets, and a bare hub with as many, which sends texts of the same length. */
async function hubsWith(site: Site, count: number): Promise<Hub[]> {
  const person = await newPerson(site, 'Bench')
  const { token } = person
  const project_id = await newProject(site, person, 'Bench')
  const task = await api<{ id: string }>(site, 'POST', '/tasks', token, { project_id, title: 'Title 0' })
  const ears = await openEars(count, `${site.url}/ws/projects/${project_id}`, token)
  await untilQuiet(ears)
  const [first] = ears
  const before = first?.bytes ?? 0
  let n = 0
  const change = () => api(site, 'PATCH', `/tasks/${task.body.id}`, token, { title: `Title ${++n}` })
  await change()
  await untilQuiet(ears)
  const bare = `${site.url}/bare/${project_id}`
  const body = 'x'.repeat((first?.bytes ?? 0) - before)
  const others = await openEars(count, bare, token)
  return [
    { name: 'bare loop', ears: others, tell: () => fetch(bare, { method: 'POST', body }), times: [] },
    { name: 'board', ears, tell: change, times: [] },
  ]
}

/**
 * Commit to the last of 100 and of 1,000 sockets, next to a hub that does nothing but loop: in turns,
 * in the same workerd, from the same moment of their requests. Prints both, and their ratio.
 */
export async function fanOuts({ sites }: World, rounds: number): Promise<void> {
  const clock = new CommitClock()
  const table: Record<string, object> = {}
  for (const count of [100, 1_000]) {
    const hubs = await hubsWith(sites[0], count)
    for (let round = 0; round < WARM_UP + rounds; round++) {
      for (const hub of hubs) {
        const ms = await measure(hub, clock)
        if (round >= WARM_UP) hub.times.push(ms)
      }
    }
    const [bare, board] = hubs.map(({ times }) => [percentile(times, 0.5), percentile(times, 0.99)])
    for (const hub of hubs) for (const ear of hub.ears) ear.close()
    const [[bare50 = 0, bare99 = 0], [p50 = 0, p99 = 0]] = [bare ?? [], board ?? []]
    const row = { p50_ms: p50, bare_p50_ms: bare50, p50_ratio: p50 / bare50, p99_ms: p99, bare_p99_ms: bare99 }
    const rounded = Object.entries({ ...row, p99_ratio: p99 / bare99 }).map(([key, ms]) => [key, Number(ms.toFixed(2))])
    table[`${count} sockets`] = Object.fromEntries(rounded)
  }
  clock.stop()
  console.log(`Commit to the last socket, ${rounds} changes each, next to a bare loop over hibernating sockets`)
  console.table(table)
}
