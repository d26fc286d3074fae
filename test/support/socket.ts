import { runInDurableObject } from 'cloudflare:test'
import { env, exports } from 'cloudflare:workers'
import { neonConfig } from '@neondatabase/serverless'
import { onTestFinished } from 'vitest'
import { configOf } from '../../src/config/config.ts'
import { GLOBAL, hubName } from '../../src/live/places.ts'
import { signAccessToken, verifyAccessToken } from '../../src/security/tokens.ts'
import { database, ORIGIN, type Person } from './api.ts'

const WAIT_MS = 60_000 // a busy machine

const open = new Set<LiveSocket>()

/** Closes all sockets that tests have left open: each makes its hub ask the database every second. */
export function closeSockets(): void {
  for (const socket of open) socket.close()
  open.clear()
}

/** The client's end of a live socket: the messages received so far, and methods that wait for more. */
export class LiveSocket {
  /** The messages received, without those of presence, which come at any time. */
  readonly messages: any[] = []
  /** The lists of people on the board, in the order they came. */
  readonly presence: any[][] = []
  /** All messages received, those of presence too. */
  readonly frames: any[] = []
  /** Bytes of the longest frame. */
  longest = 0
  readonly #socket: WebSocket
  readonly #waiting = new Set<() => void>()
  closed: { code: number; reason: string; at: number } | null = null

  /** `mute`: never answers a close, like a client whose network is gone. */
  constructor(socket: WebSocket, { mute = false } = {}) {
    this.#socket = socket
    open.add(this)
    socket.addEventListener('message', ({ data }) => {
      this.longest = Math.max(this.longest, new TextEncoder().encode(String(data)).length)
      const frame = data === 'pong' ? data : JSON.parse(String(data))
      this.frames.push(frame)
      if (frame.type === 'presence') this.presence.push(frame.users)
      else this.messages.push(frame)
      this.#wake()
    })
    socket.addEventListener('close', ({ code, reason }) => {
      this.closed = { code, reason, at: Date.now() }
      this.#wake()
    })
    socket.accept({ allowHalfOpen: mute })
  }

  /** The events received so far, live and replayed, in the order they came. */
  get events(): any[] {
    return this.messages.flatMap((m) => (m.type === 'event' ? [m] : m.type === 'events' ? m.events : []))
  }

  /** The seqs of `events`, in the order they came, with any duplicates. */
  get seqs(): number[] {
    return this.events.map(({ seq }) => seq)
  }

  /** The notifications received so far, one by one or in pages. */
  get notifications(): any[] {
    return this.messages.flatMap((m) => (m.type === 'notification' ? [m] : m.type === 'notifications' ? m.items : []))
  }

  send(message: unknown) {
    const raw = typeof message === 'string' || message instanceof ArrayBuffer
    this.#socket.send(raw ? message : JSON.stringify(message))
  }

  close() {
    this.#socket.close(1000, 'done')
  }

  /** Resolves when `condition` holds. Throws after `wait_ms`, and shows what was received. */
  async until(condition: () => boolean, wait_ms = WAIT_MS): Promise<void> {
    const deadline = Date.now() + wait_ms
    while (!condition()) {
      const left = deadline - Date.now()
      if (left <= 0)
        throw new Error(
          `Timed out after ${wait_ms} ms. Received: ${JSON.stringify([this.closed, this.frames]).slice(0, 2000)}`,
        )
      await Promise.race([
        new Promise<void>((resolve) => this.#waiting.add(resolve)),
        new Promise((resolve) => setTimeout(resolve, left)),
      ])
    }
  }

  /** Waits for the first message of this type. */
  async message(type: string): Promise<any> {
    await this.until(() => this.messages.some((m) => m.type === type))
    return this.messages.find((m) => m.type === type)
  }

  /** Waits for an event with this seq or a later one. */
  async seq(seq: number): Promise<void> {
    await this.until(() => this.events.some((event) => event.seq >= seq))
  }

  /** Waits for the close by the server. `at`: when it came, in milliseconds since 1970. */
  async end(): Promise<{ code: number; reason: string; at: number }> {
    await this.until(() => this.closed !== null)
    return this.closed ?? { code: 0, reason: '', at: 0 }
  }

  #wake() {
    for (const wake of this.#waiting) wake()
    this.#waiting.clear()
  }
}

type Upgrade = { token?: string; query?: string; headers?: Record<string, string>; mute?: boolean }

/** The raw answer to an upgrade: 101 with a socket, or a problem document. */
export const upgradeAt = (path: string, { token, query = '', headers = {} }: Upgrade) =>
  exports.default.fetch(`${ORIGIN}/ws/${path}${query}`, {
    headers: { Upgrade: 'websocket', ...(token && { Authorization: `Bearer ${token}` }), ...headers },
  })

export const upgrade = (project_id: string, options: Upgrade) => upgradeAt(`projects/${project_id}`, options)

export async function connectAt(path: string, options: Upgrade): Promise<LiveSocket> {
  const response = await upgradeAt(path, options)
  if (!response.webSocket) throw new Error(`The upgrade opened no socket: ${response.status} ${await response.text()}`)
  return new LiveSocket(response.webSocket, options)
}

/** An access token of the same session that expires after this many seconds. */
export async function tokenFor({ token }: Person, seconds: number): Promise<string> {
  const config = configOf(env as Env)
  const actor = await verifyAccessToken(config, token, new Date())
  return signAccessToken({ ...config, ACCESS_TTL_SECONDS: seconds }, actor, new Date())
}

export const hubOf = (project_id: string) => env.PROJECT_HUB.getByName(hubName(project_id, GLOBAL))

/** Deletes the hub's alarm, so that no later message comes from its tick. */
export const stopTick = (project_id: string) =>
  runInDurableObject(hubOf(project_id), (_hub, state) => state.storage.deleteAlarm())

/** When the hub's next tick is, in milliseconds since 1970; null if none is set. */
export const alarmOf = (project_id: string) =>
  runInDurableObject(hubOf(project_id), (_hub, state) => state.storage.getAlarm())

/** Changes a task by SQL: in the journal like every change, but not announced. */
export async function changeQuietly(task_id: string, title: string): Promise<void> {
  const sql = database()
  await sql.transaction([sql`select set_actor(null)`, sql`update tasks set title = ${title} where id = ${task_id}`])
}

/** Adds `count` events to a project's journal. */
export async function addHistory(project_id: string, count: number, data: object = {}): Promise<void> {
  const sql = database()
  await sql.transaction([
    sql`insert into activity_logs (project_id, seq, action, entity, entity_id, changes, data)
      select p.id, p.event_seq + i, 'task.updated', 'task', p.id, '{}', ${JSON.stringify(data)}::jsonb
      from projects p, generate_series(1, ${count}::int) i where p.id = ${project_id}`,
    sql`update projects set event_seq = event_seq + ${count}::int where id = ${project_id}`,
  ])
}

/**
 * Cuts this isolate's requests to the database whose body contains `text`, after the first `spare`, until `end` or the
 * test's end.
 */
export function breakDatabase(text = '', { spare = 0 } = {}) {
  const real = neonConfig.fetchFunction
  let cut = 0
  neonConfig.fetchFunction = async (url: string, init: RequestInit) => {
    if (!String(init.body).includes(text) || spare-- > 0) return real(url, init)
    cut += 1
    throw new TypeError('Network connection lost.')
  }
  const end = () => {
    neonConfig.fetchFunction = real
  }
  onTestFinished(end) // the files of an isolate share the driver: a test that fails must not cut off all later tests
  return { end, cut: () => cut }
}

/**
 * `asked`: when this isolate sent the database requests that contain all `texts` (ms since 1970), until `end` or the
 * test's end.
 */
export function watchQuestions(...texts: string[]) {
  const real = neonConfig.fetchFunction
  const asked: number[] = []
  neonConfig.fetchFunction = async (url: string, init: RequestInit) => {
    if (texts.every((text) => String(init.body).includes(text))) asked.push(Date.now())
    return real(url, init)
  }
  const end = () => {
    neonConfig.fetchFunction = real
  }
  onTestFinished(end)
  return { end, asked }
}

export const connect = (project_id: string, options: Upgrade) => connectAt(`projects/${project_id}`, options)
