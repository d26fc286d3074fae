import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { WebSocket } from 'ws'
import type { ServerMessage } from '../../../src/live/answers.ts'
import type { Event } from '../../../src/live/event.ts'
import { type Answer, api } from '../support/api.ts'
import { newProject, type Person } from '../support/people.ts'
import type { Site } from '../support/site.ts'

/** The time between the starts of two operations, in ms: a busy team, well within the limits of one person. */
const BEAT_MS = 200
const TASKS = 20
const COLUMNS = ['todo', 'in_progress', 'review', 'done']
const HEARD_WITHIN_MS = 10_000

export type Operation = 'create' | 'move' | 'edit' | 'board' | 'event'

/** How long each operation took, in milliseconds, and what went wrong. */
export class Times {
  readonly byOperation: Record<Operation, number[]> = { create: [], move: [], edit: [], board: [], event: [] }
  readonly errors: string[] = []

  /** The times of all requests; without those of events, for which no user waits. */
  get requests(): number[] {
    const { create, move, edit, board } = this.byOperation
    return [create, move, edit, board].flat()
  }
}

/** An ordinary team: one person who works on a board, and follows it through a socket. */
export class Team {
  readonly person: Person
  readonly project_id: string
  readonly #site: Site
  readonly #tasks: string[] = []
  /** By seq, when the socket received each event, in milliseconds of `performance.now()`. */
  readonly #heard = new Map<number, number>()
  #socket: WebSocket | undefined
  #last = 0

  private constructor(site: Site, person: Person, project_id: string) {
    this.#site = site
    this.person = person
    this.project_id = project_id
  }

  static async open(site: Site, person: Person): Promise<Team> {
    const team = new Team(site, person, await newProject(site, person, 'Quiet'))
    for (let n = 0; n < TASKS; n++) team.#tasks.push((await team.create(`Task ${n}`)).body.id)
    const socket = new WebSocket(`${site.url.replace('http', 'ws')}/ws/projects/${team.project_id}`, {
      headers: { Authorization: `Bearer ${person.token}` },
      perMessageDeflate: false,
    })
    socket.on('message', (data) => team.#hear(String(data)))
    await once(socket, 'open')
    team.#socket = socket
    return team
  }

  leave(): void {
    this.#socket?.terminate()
  }

  async create(title: string, more: object = {}): Promise<Answer<{ id: string }>> {
    const { token } = this.person
    const body = { project_id: this.project_id, title, ...more }
    return api<{ id: string }>(this.#site, 'POST', '/tasks', token, body)
  }

  /** Does one operation after another in a fixed order, until `until()` is true. Then waits for missing events. */
  async work(until: () => boolean, times: Times): Promise<void> {
    const operations = ['create', 'board', 'move', 'edit', 'board', 'move'] as const
    const asked = new Map<number, number>()
    for (let n = 0; !until(); n++) {
      const operation = operations[n % operations.length] as (typeof operations)[number] // there are six
      const began = performance.now()
      const answer = await this.#do(operation, n).catch((error: Error) => ({ status: 0, seq: 0, body: error.message }))
      const took = performance.now() - began
      if (answer.status >= 200 && answer.status < 300) times.byOperation[operation].push(took)
      else times.errors.push(`${operation}: ${answer.status} ${JSON.stringify(answer.body).slice(0, 200)}`)
      if (operation !== 'board' && answer.status < 300) asked.set(answer.seq, began)
      await wait(Math.max(0, BEAT_MS - took))
    }
    await this.#listen(asked, times)
  }

  async #do(operation: Exclude<Operation, 'event'>, n: number): Promise<Answer<unknown>> {
    const { token } = this.person
    if (operation === 'create') return this.create(`Task ${n}`)
    if (operation === 'board') return api(this.#site, 'GET', `/projects/${this.project_id}/board?per_column=20`, token)
    const task = `/tasks/${this.#tasks[n % this.#tasks.length]}`
    if (operation === 'edit') return api(this.#site, 'PATCH', task, token, { title: `Title ${n}` })
    return api(this.#site, 'PATCH', `${task}/move`, token, { status: COLUMNS[(n + (n >> 2)) % COLUMNS.length] })
  }

  #hear(text: string): void {
    const message: ServerMessage = JSON.parse(text)
    const events: Event[] = message.type === 'event' ? [message] : message.type === 'events' ? message.events : []
    for (const { seq } of events) this.#heard.set(seq, performance.now())
    if (message.type === 'hello') this.#last = Math.max(this.#last, message.seq)
  }

  /** Each change must reach the socket within HEARD_WITHIN_MS. Adds the delays and the missing events to `times`. */
  async #listen(asked: Map<number, number>, times: Times): Promise<void> {
    const deadline = Date.now() + HEARD_WITHIN_MS
    const missing = () => [...asked.keys()].filter((seq) => seq > this.#last && !this.#heard.has(seq))
    while (missing().length > 0 && Date.now() < deadline) await wait(20)
    for (const seq of missing()) times.errors.push(`event: ${seq} did not reach the socket`)
    for (const [seq, began] of asked) {
      const heard = this.#heard.get(seq)
      if (heard !== undefined) times.byOperation.event.push(heard - began)
    }
  }
}
