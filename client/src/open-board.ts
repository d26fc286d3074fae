import { applyEvent, type Board, type BoardColumn, type BoardTask } from './apply-event.ts'
import type { Context } from './context.ts'
import { mutationsOfEdit } from './edits.ts'
import { pageOf, withPage } from './more.ts'
import type { AppliedMutation, Mutation, MutationResult, QueuedMutation } from './mutations.ts'
import { applyMutations } from './mutations.ts'
import type { Notice, Outbox } from './outbox.ts'
import { ApiError, dataOf, problemOf } from './problem.ts'
import { type Ended, isFinal, ReconnectingSocket } from './reconnecting-socket.ts'
import { renamed } from './rewrite.ts'
import { type Readable, Store } from './store.ts'
import type { Changes, Event, NewTask, Place, Problem, ServerMessage, Task, Viewer } from './types.ts'

/** `offline`: nothing answers. `ended`: there is no access any more; open it again by hand. */
export type Status = 'loading' | 'live' | 'connecting' | 'offline' | 'ended'

/** A mutation that the server did not do: retry it, perhaps changed, or dismiss it. */
export type Refusal = { mutation: QueuedMutation; problem: Problem }

export type BoardSnapshot = {
  status: Status
  /** Why there is no access any more: the code of a socket's end or of an answer, and a text. */
  ended?: Ended
  /** As the server has it, with your own mutations that are on their way. Undefined until it was read. */
  board?: Board
  /** Who is on the board now, and the card that they have open. */
  presence: readonly Viewer[]
  /** Mutations of yours that the server has not answered yet. */
  pending: number
  refusals: readonly Refusal[]
}

/** What a mutation is known by, and what becomes of it. */
export type Sent = {
  key: string
  /** The task that it is about. A new one goes by this id until the server has it, and in calls ever after. */
  task_id: string
  /** It survives a reload now. */
  saved: Promise<void>
  /** Never rejects; it may take as long as the network is away. */
  done: Promise<MutationResult>
}

export type OpenBoardOptions = { project: string; perColumn?: number }

const NOBODY_THERE: readonly Viewer[] = []

/**
 * A live board: the server's state kept up to date by a socket, and your own mutations upon it.
 *
 * The life of a mutation: `#mutate` makes it, and the outbox keeps and sends it. Its answer comes before the board has its event
 * (`#done`), or after (`#seen`); then the board itself shows it. `#waiting` has who waits for the answer.
 */
export class OpenBoard implements Readable<BoardSnapshot> {
  readonly project: string
  readonly #context: Context
  readonly #perColumn: number
  readonly #store = new Store<object>({})
  readonly #line: ReconnectingSocket
  #outbox: Outbox | undefined
  #stopListening = () => {}

  #board: Board | undefined
  #status: Status = 'loading'
  #ended: Ended | undefined
  #presence = NOBODY_THERE
  #lookingAt: string | null = null
  /** Done mutations that the board has not come to yet, by key. */
  readonly #done = new Map<string, AppliedMutation>()
  /** Mutations whose event has come, though the answer has not. */
  readonly #seen = new Set<string>()
  /** The ids of created tasks, by those that they were created under. */
  readonly #ids = new Map<string, string>()
  readonly #waiting = new Map<string, (settled: MutationResult) => void>()
  /** Events that came while the board was being read; undefined when it is not. */
  #held: Event[] | undefined
  /** Those that came while a page is under way. */
  #since: Event[] | undefined
  #pages: Promise<unknown> = Promise.resolve()
  #snapshot: BoardSnapshot | undefined
  #readAt = 0

  constructor(context: Context, { project, perColumn = 100 }: OpenBoardOptions) {
    this.project = project
    this.#context = context
    this.#perColumn = perColumn
    this.#line = new ReconnectingSocket({
      address: () => this.#address(),
      connect: context.connect,
      access: () => context.access(),
      probe: async () => void dataOf(await context.api.GET('/projects/{id}', this.#path())),
      heard: (message) => this.#hear(message),
      greeted: () => this.#look(),
      lost: (offline) => {
        this.#presence = NOBODY_THERE
        this.#turn(offline ? 'offline' : this.#board ? 'connecting' : 'loading')
      },
      reload: () => this.#read(),
      ended: (end) => this.#end(end),
    })
    this.#line.open()
  }

  readonly subscribe = (changed: () => void) => this.#store.subscribe(changed)

  readonly getSnapshot = (): BoardSnapshot => {
    this.#snapshot ??= this.#show()
    return this.#snapshot
  }

  create(fields: NewTask): Sent {
    return this.#mutate({ kind: 'create', task_id: crypto.randomUUID(), fields })
  }

  move(task_id: string, place: Place): Sent {
    const { before, after, ...rest } = place
    const beside = { ...(before && { before: this.#idOf(before) }), ...(after && { after: this.#idOf(after) }) }
    return this.#mutate({ kind: 'move', task_id: this.#idOf(task_id), place: { ...rest, ...beside } })
  }

  /** Edits a task. What others changed meanwhile stays; where they changed the same field, the edit is refused with both values. */
  edit(task_id: string, changes: Changes): Sent {
    const id = this.#idOf(task_id)
    const shown = taskIn(this.getSnapshot().board, id)
    const known = this.#known(id)
    const mutations = (this.#outbox?.mutationsOf(this.project) ?? []).map((mutation) => this.#named(mutation))
    const [first, ...others] = mutationsOfEdit({ task_id: id, changes, shown, known, mutations })
    const sent = this.#mutate(first)
    if (others.length === 0) return sent
    const rest = others.map((mutation) => this.#mutate(mutation))
    const all = Promise.all([sent, ...rest].map(({ done }) => done))
    return {
      ...sent,
      saved: Promise.all([sent, ...rest].map(({ saved }) => saved)).then(() => {}),
      done: all.then((results) => results.find(({ ok }) => !ok) ?? (results.at(-1) as MutationResult)),
    }
  }

  remove(task_id: string): Sent {
    return this.#mutate({ kind: 'remove', task_id: this.#idOf(task_id) })
  }

  comment(task_id: string, body: string): Sent {
    return this.#mutate({ kind: 'comment', task_id: this.#idOf(task_id), body })
  }

  /** Sends a refused mutation again, as it was or with other changes; an edit then overwrites what others have made of the field. */
  retry({ mutation }: Refusal, changes?: Changes): Promise<void> {
    const now = this.#known(this.#idOf(mutation.task_id))
    return this.#needOutbox().retry(mutation.key, (old) => {
      if (old.kind !== 'edit') return old
      const { base_seq: _, ...rest } = old
      return { ...rest, ...(changes && { changes }), ...(now && { base_seq: now.seq }) }
    })
  }

  dismiss({ mutation }: Refusal): Promise<void> {
    return this.#needOutbox().dismiss(mutation.key)
  }

  /** Tells the others which card you have open; null for none. */
  lookAt(task_id: string | null): void {
    this.#lookingAt = task_id && this.#idOf(task_id)
    this.#look()
  }

  /** Loads more tasks of a long column. Whether there are still more. Throws ApiError. */
  loadMore(key: string): Promise<boolean> {
    const page = this.#pages.then(() => this.#loadPage(key)) // one page at a time
    this.#pages = page.catch(() => {})
    return page
  }

  async #loadPage(key: string): Promise<boolean> {
    const column = () => this.#board?.columns.find((column) => column.key === key)
    if (column()?.stale) await this.#read()
    const at = column()
    if (!at?.next_cursor) return false
    this.#since = []
    try {
      const page = await pageOf(this.#context.api, this.#board as Board, at)
      const since = this.#since
      if (this.#board && since) this.#become(withPage(this.#board, key, page, since))
      this.#changed()
    } finally {
      this.#since = undefined
    }
    return (column()?.next_cursor ?? null) !== null
  }

  /** Ends the socket. Mutations that are on their way are sent all the same. */
  close(): void {
    this.#line.close()
    this.#stopListening()
    this.#context.forget(this)
  }

  /** The client says that nobody is signed in any more, or somebody else. */
  end(end: Ended): void {
    this.#line.close()
    this.#end(end)
  }

  /** The newest version of a task that the server has told us: by the board, or by the answer to a mutation. */
  #known(id: string): Task | undefined {
    let newest: Task | undefined = taskIn(this.#board, id)
    for (const { answer } of this.#done.values())
      if (answer?.task?.id === id && answer.task.seq > (newest?.seq ?? 0)) newest = answer.task
    return newest
  }

  #path = () => ({ params: { path: { id: this.project } } })

  #idOf = (id: string): string => this.#ids.get(id) ?? id

  async #address(): Promise<string> {
    await Promise.all([this.#attach(), this.#board ?? this.#read()])
    const { epoch, seq } = this.#board as Board
    const { ticket } = dataOf(await this.#context.api.POST('/auth/ws-ticket'))
    const url = new URL(`${this.#context.url}/ws/projects/${this.project}`)
    url.protocol = url.protocol.replace('http', 'ws')
    url.searchParams.set('ticket', ticket)
    url.searchParams.set('since', `${epoch}:${seq}`)
    if (this.#status === 'offline') this.#turn('connecting')
    return url.href
  }

  /** The outbox of whoever is signed in. */
  async #attach(): Promise<void> {
    if (this.#outbox) return
    const outbox = await this.#context.outbox()
    if (!outbox) throw new ApiError(problemOf(401, 'token_missing', 'Nobody is signed in', 'Sign in first.'))
    this.#adopt(outbox)
  }

  #adopt(outbox: Outbox): Outbox {
    if (this.#outbox) return this.#outbox
    this.#outbox = outbox
    this.#stopListening = outbox.listen((notice) => this.#noticed(notice))
    this.#changed()
    return outbox
  }

  #needOutbox(): Outbox {
    const outbox = this.#outbox ?? this.#context.presentOutbox()
    if (!outbox) throw new Error('The account is not known yet: sign in, then wait until the snapshot has a `board`')
    return this.#adopt(outbox)
  }

  #mutate(mutation: Mutation): Sent {
    const key = crypto.randomUUID()
    const done = new Promise<MutationResult>((resolve) => this.#waiting.set(key, resolve))
    const { saved } = this.#needOutbox().add(this.project, [mutation], [key])
    return { key, task_id: mutation.task_id, saved, done }
  }

  #noticed({ settled, kept = [], gone = [] }: Notice): void {
    const ours = settled?.mutation.project_id === this.project ? settled : undefined
    if (ours) this.#settled(ours.mutation, ours.result)
    else if (gone.length > 0 || kept.some(({ problem }) => problem)) this.#missed()
    if (ours || gone.length > 0 || kept.some(({ project_id }) => project_id === this.project)) this.#changed()
  }

  #settled(mutation: QueuedMutation, result: MutationResult): void {
    const seen = this.#seen.delete(mutation.key)
    this.#waiting.get(mutation.key)?.(result)
    this.#waiting.delete(mutation.key)
    if (!result.ok) return
    if (mutation.kind === 'create' && result.answer.task) this.#ids.set(mutation.task_id, result.answer.task.id)
    // Of a task that has gone to another project, the answer has the other's numbers.
    const elsewhere = result.answer.task && result.answer.task.project_id !== this.project
    if (!seen && !elsewhere && result.answer.seq > (this.#board?.seq ?? 0))
      this.#done.set(mutation.key, { mutation, answer: result.answer })
  }

  /** Settles mutations that another tab finished while this page was suspended: a mutation that is gone was done. */
  #missed(): void {
    const mutations = new Map(this.#outbox?.mutationsOf(this.project).map((mutation) => [mutation.key, mutation]))
    for (const [key, resolve] of this.#waiting) {
      const mutation = mutations.get(key)
      if (mutation && !mutation.problem) continue
      this.#waiting.delete(key)
      resolve(mutation?.problem ? { ok: false, problem: mutation.problem } : { ok: true, answer: { seq: 0 } })
    }
  }

  /** Reads the board, at least as it was at `seq`. Events that come meanwhile wait. */
  async #read(seq = 0): Promise<void> {
    this.#held ??= []
    const at_least = Math.max(seq, ...[...this.#done.values()].map(({ answer }) => answer?.seq ?? 0))
    const headers = at_least > 0 ? { 'FlowTrack-Seq': String(at_least) } : {}
    const query = { per_column: this.#perColumn }
    try {
      const { path } = this.#path().params
      const board = dataOf(await this.#context.api.GET('/projects/{id}/board', { params: { path, query }, headers }))
      this.#readAt = Date.now()
      const held = this.#held ?? []
      const loaded = this.#board?.columns ?? []
      this.#held = undefined
      this.#since = undefined // a page of the old board is of no use
      this.#board = undefined
      this.#become(board)
      for (const event of held) this.#apply(event)
      this.#changed()
      this.#refill(loaded).catch(() => {}) // whoever looks asks for more
    } catch (error) {
      this.#held = undefined
      throw error
    }
  }

  /** Loads as much of long columns as there was before the board was read again. */
  async #refill(loaded: BoardColumn[]): Promise<void> {
    const now = (key: string) => this.#board?.columns.find((column) => column.key === key)?.tasks.length ?? 0
    for (const { key, tasks } of loaded) while (now(key) < tasks.length && (await this.loadMore(key)));
  }

  #reread(seq = 0): void {
    this.#read(seq).catch((error) => {
      const problem = error instanceof ApiError ? error.problem : undefined
      if (problem && isFinal(problem)) this.end({ code: problem.status, reason: problem.title })
      else this.#context.later(() => this.#status !== 'ended' && this.#reread(seq))
    })
  }

  #hear(message: ServerMessage): void {
    if (message.type === 'event') this.#take([message])
    if (message.type === 'events') this.#take(message.events)
    if (message.type === 'snapshot_required') this.#reread(message.seq)
    if (message.type === 'replayed' || message.type === 'snapshot_required') this.#turn('live')
    if (message.type === 'presence') {
      this.#presence = message.users
      this.#changed()
    }
  }

  #take(events: Event[]): void {
    for (const event of events) {
      if (event.entity === 'task' && event.request_id) this.#recognise(event)
      if (this.#held) this.#held.push(event)
      else this.#apply(event)
    }
    this.#changed()
  }

  /** An event of a mutation of ours, of which we may not have heard yet whether it was done. */
  #recognise({ request_id, action, entity_id }: Event): void {
    const mutation = this.#outbox?.mutationsOf(this.project).find(({ key }) => key === request_id)
    if (!mutation) return
    this.#seen.add(mutation.key)
    if (mutation.kind === 'create' && action === 'task.created') this.#ids.set(mutation.task_id, entity_id)
  }

  #apply(event: Event): void {
    if (!this.#board) return
    try {
      this.#since?.push(event)
      this.#become(applyEvent(this.#board, event))
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      this.#held = [event]
      this.#reread(event.seq)
    }
  }

  #become(board: Board): void {
    this.#board = board
    for (const [key, { answer }] of this.#done) if ((answer?.seq ?? 0) <= board.seq) this.#done.delete(key)
    this.#snapshot = undefined
    if (board.deleted) this.end({ code: 4404, reason: 'The project was deleted' })
  }

  #look(): void {
    this.#line.send({ type: 'presence', task_id: this.#lookingAt })
  }

  #end(end: Ended): void {
    this.#ended = end
    this.#presence = NOBODY_THERE
    this.#turn('ended')
    this.close()
  }

  #turn(status: Status): void {
    if (this.#status === 'ended') return
    this.#status = status
    this.#changed()
  }

  #changed(): void {
    this.#snapshot = undefined
    this.#store.set({})
  }

  #show(): BoardSnapshot {
    const mutations = this.#outbox?.mutationsOf(this.project) ?? []
    const open = mutations.filter(({ problem }) => !problem)
    const shown = [
      ...this.#done.values(),
      ...open.filter((mutation) => !this.#isThere(mutation)).map((mutation) => ({ mutation })),
    ]
    const named = shown.map((one): AppliedMutation => ({ ...one, mutation: this.#named(one.mutation) }))
    const refusals = mutations.flatMap((mutation) =>
      mutation.problem ? [{ mutation, problem: mutation.problem }] : [],
    )
    return {
      status: this.#status,
      ...(this.#ended && { ended: this.#ended }),
      ...(this.#board && this.#outbox && { board: applyMutations(this.#board, named) }),
      presence: this.#presence,
      pending: open.length,
      refusals,
    }
  }

  /** Whether a mutation may be on the server's board already. One that was sent before the board was read may have been done by then. */
  #isThere({ key, kind, sent_at }: QueuedMutation): boolean {
    if (this.#seen.has(key)) return true
    return (kind === 'create' || kind === 'comment') && sent_at !== undefined && sent_at <= this.#readAt
  }

  #named(mutation: QueuedMutation): QueuedMutation {
    let result = mutation
    for (const [from, to] of this.#ids) result = renamed(result, from, to)
    return result
  }
}

function taskIn(board: Board | undefined, id: string): BoardTask | undefined {
  for (const { tasks } of board?.columns ?? []) {
    const task = tasks.find((task) => task.id === id)
    if (task) return task
  }
  return undefined
}
