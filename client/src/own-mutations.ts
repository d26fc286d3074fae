import type { Board, BoardTask } from './apply-event.ts'
import type { Context } from './context.ts'
import { mutationsOfEdit } from './edits.ts'
import type { AppliedMutation, Mutation, MutationResult, QueuedMutation } from './mutations.ts'
import type { Notice, Outbox } from './outbox.ts'
import { ApiError, problemOf } from './problem.ts'
import { renamed } from './rewrite.ts'
import type { Changes, Event, Problem, Task } from './types.ts'

/** A mutation that the server did not do: retry it, perhaps changed, or dismiss it. */
export type Refusal = { mutation: QueuedMutation; problem: Problem }

/** What a mutation is known by, and what becomes of it. */
export type Sent = {
  key: string
  /** The task that it is about. A new one goes by this id until the server has it, and in calls ever after. */
  task_id: string
  /** Resolves when the mutation is stored, and so survives a reload. Rejects when the storage fails: it is sent all the same. */
  saved: Promise<void>
  /** Never rejects; it may take as long as the network is away. */
  done: Promise<MutationResult>
}

type Options = {
  context: Context
  project: string
  /** As the server has it, and when that was read. */
  server: { readonly board: Board | undefined; readonly readAt: number }
  changed(): void
}

/**
 * One's own mutations of a board, until the server's board shows them.
 *
 * The life of a mutation: `mutate` makes it, and the outbox keeps and sends it. Its answer comes before the board has its event
 * (`#done`), or after (`#seen`); then the board itself shows it. `#waiting` has who waits for the answer.
 */
export class OwnMutations {
  readonly #options: Options
  #outbox: Outbox | undefined
  #stopListening = () => {}
  /** Done mutations that the board has not come to yet, by key. */
  readonly #done = new Map<string, AppliedMutation>()
  /** Mutations whose event has come, though the answer has not. */
  readonly #seen = new Set<string>()
  /** The ids of created tasks, by those that they were created under. */
  readonly #ids = new Map<string, string>()
  readonly #waiting = new Map<string, (settled: MutationResult) => void>()

  constructor(options: Options) {
    this.#options = options
  }

  /** Whether it is known whose they are. */
  get isAttached(): boolean {
    return this.#outbox !== undefined
  }

  /** The last event of those that are done. */
  readonly awaited = (): number => Math.max(0, ...[...this.#done.values()].map(({ answer }) => answer?.seq ?? 0))

  readonly idOf = (id: string): string => this.#ids.get(id) ?? id

  /** Takes the outbox of whoever is signed in. */
  async attach(): Promise<void> {
    if (this.#outbox) return
    const outbox = await this.#options.context.outbox()
    if (!outbox) throw new ApiError(problemOf(401, 'token_missing', 'Nobody is signed in', 'Sign in first.'))
    this.#adopt(outbox)
  }

  close(): void {
    this.#stopListening()
  }

  mutate(mutation: Mutation): Sent {
    const key = crypto.randomUUID()
    const done = new Promise<MutationResult>((resolve) => this.#waiting.set(key, resolve))
    const { saved } = this.#needOutbox().add(this.#options.project, [mutation], [key])
    return { key, task_id: mutation.task_id, saved, done }
  }

  /** An edit of a task that was `shown` so: one mutation, or several. */
  edit(task_id: string, changes: Changes, shown: BoardTask | undefined): Sent {
    const known = this.#known(task_id)
    const mutations = this.#queued().map((mutation) => this.#named(mutation))
    const [first, ...others] = mutationsOfEdit({ task_id, changes, shown, known, mutations })
    const sent = this.mutate(first)
    if (others.length === 0) return sent
    const rest = others.map((mutation) => this.mutate(mutation))
    const all = Promise.all([sent, ...rest].map(({ done }) => done))
    return {
      ...sent,
      saved: Promise.all([sent, ...rest].map(({ saved }) => saved)).then(() => {}),
      done: all.then((results) => results.find(({ ok }) => !ok) ?? (results.at(-1) as MutationResult)),
    }
  }

  retry({ mutation }: Refusal, changes?: Changes): Promise<void> {
    const now = this.#known(this.idOf(mutation.task_id))
    return this.#needOutbox().retry(mutation.key, (old) => {
      if (old.kind !== 'edit') return old
      const { base_seq: _, ...rest } = old
      return { ...rest, ...(changes && { changes }), ...(now && { base_seq: now.seq }) }
    })
  }

  dismiss({ mutation }: Refusal): Promise<void> {
    return this.#needOutbox().dismiss(mutation.key)
  }

  /** An event of a mutation of ours, of which we may not have heard yet whether it was done. */
  recognise({ entity, request_id, action, entity_id }: Event): void {
    if (entity !== 'task' || !request_id) return
    const mutation = this.#queued().find(({ key }) => key === request_id)
    if (!mutation) return
    this.#seen.add(mutation.key)
    if (mutation.kind === 'create' && action === 'task.created') this.#ids.set(mutation.task_id, entity_id)
  }

  /** The server's board has come to `seq`. */
  reached(seq: number): void {
    for (const [key, { answer }] of this.#done) if ((answer?.seq ?? 0) <= seq) this.#done.delete(key)
  }

  /** What is to be shown of them: those that the board has not, how many have no answer, and those that were refused. */
  show(): { applied: AppliedMutation[]; pending: number; refusals: Refusal[] } {
    const mutations = this.#queued()
    const open = mutations.filter(({ problem }) => !problem)
    const shown = [
      ...this.#done.values(),
      ...open.filter((mutation) => !this.#isThere(mutation)).map((mutation) => ({ mutation })),
    ]
    return {
      applied: shown.map((one): AppliedMutation => ({ ...one, mutation: this.#named(one.mutation) })),
      pending: open.length,
      refusals: mutations.flatMap((mutation) => (mutation.problem ? [{ mutation, problem: mutation.problem }] : [])),
    }
  }

  #queued = (): QueuedMutation[] => this.#outbox?.mutationsOf(this.#options.project) ?? []

  #adopt(outbox: Outbox): Outbox {
    if (this.#outbox) return this.#outbox
    this.#outbox = outbox
    this.#stopListening = outbox.listen((notice) => this.#noticed(notice))
    this.#options.changed()
    return outbox
  }

  #needOutbox(): Outbox {
    const outbox = this.#outbox ?? this.#options.context.presentOutbox()
    if (!outbox) throw new Error('The account is not known yet: sign in, then wait until the snapshot has a `board`')
    return this.#adopt(outbox)
  }

  /** The newest version of a task that the server has told us: by the board, or by the answer to a mutation. */
  #known(id: string): Task | undefined {
    let newest: Task | undefined = taskIn(this.#options.server.board, id)
    for (const { answer } of this.#done.values())
      if (answer?.task?.id === id && answer.task.seq > (newest?.seq ?? 0)) newest = answer.task
    return newest
  }

  #noticed({ settled, kept = [], gone = [] }: Notice): void {
    const { project, changed } = this.#options
    const ours = settled?.mutation.project_id === project ? settled : undefined
    if (ours) this.#settled(ours.mutation, ours.result)
    else if (gone.length > 0 || kept.some(({ problem }) => problem)) this.#missed()
    if (ours || gone.length > 0 || kept.some(({ project_id }) => project_id === project)) changed()
  }

  #settled(mutation: QueuedMutation, result: MutationResult): void {
    const { project, server } = this.#options
    const seen = this.#seen.delete(mutation.key)
    this.#waiting.get(mutation.key)?.(result)
    this.#waiting.delete(mutation.key)
    if (!result.ok) return
    if (mutation.kind === 'create' && result.answer.task) this.#ids.set(mutation.task_id, result.answer.task.id)
    // Of a task that has gone to another project, the answer has the other's numbers.
    const elsewhere = result.answer.task && result.answer.task.project_id !== project
    if (!seen && !elsewhere && result.answer.seq > (server.board?.seq ?? 0))
      this.#done.set(mutation.key, { mutation, answer: result.answer })
  }

  /** Settles mutations that another tab finished while this page was suspended: a mutation that is gone was done. */
  #missed(): void {
    const mutations = new Map(this.#queued().map((mutation) => [mutation.key, mutation]))
    for (const [key, resolve] of this.#waiting) {
      const mutation = mutations.get(key)
      if (mutation && !mutation.problem) continue
      this.#waiting.delete(key)
      resolve(mutation?.problem ? { ok: false, problem: mutation.problem } : { ok: true, answer: { seq: 0 } })
    }
  }

  /** Whether a mutation may be on the server's board already. One that was sent before the board was read may have been done by then. */
  #isThere({ key, kind, sent_at }: QueuedMutation): boolean {
    if (this.#seen.has(key)) return true
    return (kind === 'create' || kind === 'comment') && sent_at !== undefined && sent_at <= this.#options.server.readAt
  }

  #named(mutation: QueuedMutation): QueuedMutation {
    let result = mutation
    for (const [from, to] of this.#ids) result = renamed(result, from, to)
    return result
  }
}

export function taskIn(board: Board | undefined, id: string): BoardTask | undefined {
  for (const { tasks } of board?.columns ?? []) {
    const task = tasks.find((task) => task.id === id)
    if (task) return task
  }
  return undefined
}
