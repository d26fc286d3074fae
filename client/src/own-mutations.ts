import type { Board, BoardTask } from './apply-event.ts'
import type { Context } from './context.ts'
import { mutationsOfEdit } from './edits.ts'
import type { AppliedMutation, Mutation, MutationResult, QueuedMutation } from './mutations.ts'
import type { Notice, Outbox } from './outbox.ts'
import { ApiError, problemOf } from './problem.ts'
import { type Correction, correct, renameTask } from './rewrite.ts'
import type { Changes, Event, Problem, Task } from './types.ts'

/** A mutation that the server did not do: retry it, perhaps changed, or dismiss it. */
export type Refusal = { mutation: QueuedMutation; problem: Problem }

const CLOSED = problemOf(
  0,
  'closed',
  'It is not known yet whether this was done',
  'The client was closed, or its user signed out, before the answer came. A storage that lasts keeps it, and it is sent when the same person signs in again.',
)

/** A comment of one's own that the server has not answered yet. */
export type PendingComment = { key: string; task_id: string; body: string }

/** A mutation that was made: its key, its task, and promises of its progress. */
export type Sent = {
  key: string
  /** The id of its task. A new task has this id until the server has it; later calls accept it, too. */
  task_id: string
  /**
   * Resolves when the mutation is stored, and so survives a reload. Rejects when the storage fails: it is sent all the
   * same.
   */
  saved: Promise<void>
  /**
   * Resolves with the result. Never rejects; without a network it waits. When the client is closed or the person signs
   * out before the answer came, the result has the problem `closed`: a mutation that the storage keeps is sent by the
   * next client in which the same person is signed in.
   */
  done: Promise<MutationResult>
}

type Options = {
  context: Context
  project: string
  /** The board as the server has it, and when it was read (milliseconds since 1970). */
  server: { readonly board: Board | undefined; readonly readAt: number }
  onChange(): void
}

/**
 * One's own mutations of a board, until the server's board shows them.
 *
 * The life of a mutation: `mutate` makes it, and the outbox keeps and sends it. Its answer comes before the board has
 * its event (`#done`), or after (`#seen`); then the board itself shows it. `#waiting` resolves the promises of the
 * answers.
 */
export class OwnMutations {
  readonly #options: Options
  #outbox: Outbox | undefined
  #stopListening: (() => void) | undefined
  #closed = false
  /** Done mutations that the board has not come to yet, by key. */
  readonly #done = new Map<string, AppliedMutation>()
  /** Mutations whose event has come, though the answer has not. */
  readonly #seen = new Set<string>()
  /** The server's ids of created tasks, by the ids that the client gave them. */
  readonly #ids = new Map<string, string>()
  readonly #waiting = new Map<string, (settled: MutationResult) => void>()

  constructor(options: Options) {
    this.#options = options
  }

  /** Whether it is known who is signed in, and so whose mutations these are. */
  get isAttached(): boolean {
    return this.#outbox !== undefined
  }

  /** The highest seq of answers that the board has not reached yet; 0 for none. */
  readonly awaited = (): number => Math.max(0, ...[...this.#done.values()].map(({ answer }) => answer?.seq ?? 0))

  /** The server's id of a task, if it is known that a `create` of ours made it under another one. */
  readonly idOf = (id: string): string => this.#ids.get(id) ?? id

  /** Takes the outbox of the person who is signed in. Throws ApiError when nobody is. */
  async attach(): Promise<void> {
    if (this.#outbox) return
    const outbox = await this.#options.context.outbox()
    if (!outbox) throw new ApiError(problemOf(401, 'token_missing', 'Nobody is signed in', 'Sign in first.'))
    this.#adopt(outbox)
  }

  /** Called when the board is closed. What is still pending is listened for, as promises wait for it. */
  close(): void {
    this.#closed = true
    this.#stopIfIdle()
  }

  mutate(mutation: Mutation): Sent {
    const key = crypto.randomUUID()
    const done = new Promise<MutationResult>((resolve) => this.#waiting.set(key, resolve))
    const outbox = this.#needOutbox()
    this.#listen(outbox)
    const { saved } = outbox.add(this.#options.project, [mutation], [key])
    return { key, task_id: mutation.task_id, saved, done }
  }

  /** Edits a task that was on the screen as `shown`: makes one mutation, or several. */
  edit(task_id: string, changes: Changes, shown: BoardTask | undefined): Sent {
    const known = this.#newestOf(task_id)
    const mutations = this.#queued().map((mutation) => this.#withServerIds(mutation))
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

  retry({ mutation }: Refusal, correction?: Correction): Promise<void> {
    const now = this.#newestOf(this.idOf(mutation.task_id))
    return this.#needOutbox().retry(mutation.key, (old) => {
      const next = correction ? correct(old, correction, this.idOf) : old
      if (next.kind !== 'edit') return next
      const { base_seq: _, ...rest } = next
      return { ...rest, ...(now && { base_seq: now.seq }) }
    })
  }

  dismiss({ mutation }: Refusal): Promise<void> {
    return this.#needOutbox().dismiss(mutation.key)
  }

  /** Notes an event that is the effect of one of our queued mutations, whose answer may not have come yet. */
  recognise({ entity, request_id, action, entity_id }: Event): void {
    if (entity !== 'task' || !request_id) return
    const mutation = this.#queued().find(({ key }) => key === request_id)
    if (!mutation) return
    this.#seen.add(mutation.key)
    if (mutation.kind === 'create' && action === 'task.created') this.#ids.set(mutation.task_id, entity_id)
  }

  /** Forgets the done mutations that the server's board shows by now, as it has reached `seq`. */
  forgetReached(seq: number): void {
    for (const [key, { answer }] of this.#done) if ((answer?.seq ?? 0) <= seq) this.#done.delete(key)
  }

  /**
   * What to show of one's own mutations: `applied`, those that the server's board does not show yet; `pending`, how
   * many wait for an answer, and `comments`, which of them are comments; `refusals`, those that the server refused.
   */
  show(): { applied: AppliedMutation[]; pending: number; comments: PendingComment[]; refusals: Refusal[] } {
    const mutations = this.#queued()
    const open = mutations.filter(({ problem }) => !problem)
    const shown = [
      ...this.#done.values(),
      ...open.filter((mutation) => !this.#isThere(mutation)).map((mutation) => ({ mutation })),
    ]
    return {
      applied: shown.map((one): AppliedMutation => ({ ...one, mutation: this.#withServerIds(one.mutation) })),
      pending: open.length,
      comments: open.flatMap((mutation) => {
        const { kind, key, task_id } = mutation
        return kind === 'comment' ? [{ key, task_id: this.idOf(task_id), body: mutation.body }] : []
      }),
      refusals: mutations.flatMap((mutation) => (mutation.problem ? [{ mutation, problem: mutation.problem }] : [])),
    }
  }

  #queued = (): QueuedMutation[] => this.#outbox?.mutationsOf(this.#options.project) ?? []

  #adopt(outbox: Outbox): Outbox {
    if (this.#outbox) return this.#outbox
    this.#outbox = outbox
    this.#listen(outbox)
    this.#options.onChange()
    return outbox
  }

  #listen(outbox: Outbox): void {
    this.#stopListening ??= outbox.listen((notice) => this.#onNotice(notice))
  }

  #stopIfIdle(): void {
    if (!this.#closed || this.#waiting.size > 0) return
    this.#stopListening?.()
    this.#stopListening = undefined
  }

  #needOutbox(): Outbox {
    const outbox = this.#outbox ?? this.#options.context.presentOutbox()
    if (!outbox) throw new Error('The account is not known yet: sign in, then wait until the snapshot has a `board`')
    return this.#adopt(outbox)
  }

  /** The newest version of a task that the server has told us: by the board, or by the answer to a mutation. */
  #newestOf(id: string): Task | undefined {
    let newest: Task | undefined = taskIn(this.#options.server.board, id)
    for (const { answer } of this.#done.values())
      if (answer?.task?.id === id && answer.task.seq > (newest?.seq ?? 0)) newest = answer.task
    return newest
  }

  #onNotice({ settled, kept = [], gone = [], closed }: Notice): void {
    const { project, onChange } = this.#options
    const ours = settled?.mutation.project_id === project ? settled : undefined
    if (ours) this.#onSettled(ours.mutation, ours.result)
    // With a refused creation, what was done to its task is refused, too.
    if (gone.length > 0 || kept.some(({ problem }) => problem)) this.#settleMissed()
    if (closed) this.#settleUnknown()
    if (ours || gone.length > 0 || kept.some(({ project_id }) => project_id === project)) onChange()
    this.#stopIfIdle()
  }

  #onSettled(mutation: QueuedMutation, result: MutationResult): void {
    const { project, server } = this.#options
    const seen = this.#seen.delete(mutation.key)
    this.#waiting.get(mutation.key)?.(result)
    this.#waiting.delete(mutation.key)
    if (!result.ok) return
    if (mutation.kind === 'create' && result.answer.task) this.#ids.set(mutation.task_id, result.answer.task.id)
    // The answer for a task that is now in another project has that project's seq.
    const elsewhere = result.answer.task && result.answer.task.project_id !== project
    if (!seen && !elsewhere && result.answer.seq > (server.board?.seq ?? 0))
      this.#done.set(mutation.key, { mutation, answer: result.answer })
  }

  /** Settles mutations that another tab finished while this page was suspended: a mutation that is gone was done. */
  #settleMissed(): void {
    const mutations = new Map(this.#queued().map((mutation) => [mutation.key, mutation]))
    for (const [key, resolve] of this.#waiting) {
      const mutation = mutations.get(key)
      if (mutation && !mutation.problem) continue
      this.#waiting.delete(key)
      resolve(mutation?.problem ? { ok: false, problem: mutation.problem } : { ok: true, answer: { seq: 0 } })
    }
  }

  /** Settles those whose answer is not going to come. */
  #settleUnknown(): void {
    for (const resolve of this.#waiting.values()) resolve({ ok: false, problem: CLOSED })
    this.#waiting.clear()
  }

  /**
   * Whether a mutation may be on the server's board already. One that was sent before the board was read may have been
   * done by then.
   */
  #isThere({ key, kind, sent_at }: QueuedMutation): boolean {
    if (this.#seen.has(key)) return true
    return (kind === 'create' || kind === 'comment') && sent_at !== undefined && sent_at <= this.#options.server.readAt
  }

  #withServerIds(mutation: QueuedMutation): QueuedMutation {
    let result = mutation
    for (const [from, to] of this.#ids) result = renameTask(result, from, to)
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
