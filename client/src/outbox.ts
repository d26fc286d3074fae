import { backoff } from './backoff.ts'
import { runExclusively } from './exclusive.ts'
import type { Mutation, MutationResult, QueuedMutation } from './mutations.ts'
import { type Channel, onWake, openChannel, runAfter } from './platform.ts'
import { problemOf } from './problem.ts'
import { creationOf, dependantsOf, withAnswer } from './rewrite.ts'
import type { Outcome } from './send-mutation.ts'
import type { MutationStorage } from './storage.ts'

/**
 * A change of the outbox, told to the boards of this tab and, by the channel, of other tabs. `kept`: mutations that
 * were added or changed. `gone`: keys of those that were removed. `settled`: the one that was just answered, and with
 * what. `closed`: nothing is sent here any more.
 */
export type Notice = {
  kept?: QueuedMutation[]
  gone?: string[]
  settled?: { mutation: QueuedMutation; result: MutationResult }
  closed?: true
}

type Options = {
  owner: string
  storage: MutationStorage
  send: (mutation: QueuedMutation) => Promise<Outcome>
}

/** An hour less than the server keeps its answers: a repeat after that might take effect twice. */
const ANSWERS_KEPT_MS = 23 * 3_600_000
const UNKNOWN = problemOf(
  0,
  'outcome_unknown',
  'It is not known whether this was done',
  'It was sent more than 23 hours ago, and had no answer. Look at the board, then retry or dismiss it.',
)

const DISCARDED = problemOf(
  0,
  'discarded',
  'The change was discarded',
  'Its author signed out before the answer came. See whether it was done before you make it again.',
)

/**
 * A person's mutations on their way to the server. Those of a project are sent in order, by one tab at a time, and each
 * takes effect once, even if answers are lost, tabs close or the network fails. All tabs see the same mutations.
 */
export class Outbox {
  readonly #options: Options
  readonly #mutations = new Map<string, QueuedMutation>()
  readonly #listeners = new Set<(notice: Notice) => void>()
  #channel: Channel | undefined
  readonly #sending = new Set<string>()
  /** The keys of mutations with changes that are not in the storage yet, and how many changes. */
  readonly #changing = new Map<string, number>()
  #storing: Promise<unknown> = Promise.resolve()
  readonly #stopWaking: () => void
  readonly #wakers = new Set<() => void>()
  #closed = false
  #last = 0

  constructor(options: Options) {
    this.#options = options
    const { channel } = options.storage
    if (channel) this.#channel = openChannel(`${channel}:${options.owner}`)
    if (this.#channel) this.#channel.onmessage = ({ data }) => this.#take(data as Notice)
    this.#stopWaking = onWake(() => void this.load().then(() => this.wake()))
    this.ready = this.load()
      .catch(() => {})
      .then(() => this.wake())
  }

  /** Loads the mutations that an earlier page load, or another tab, left. */
  async load(): Promise<void> {
    const { owner, storage } = this.#options
    const stored = await this.#runInOrder(() => storage.read(owner))
    if (this.#closed) return
    const settled = (key: string) => !this.#changing.has(key)
    const known = new Set(stored.map(({ key }) => key))
    const gone = [...this.#mutations.keys()].filter((key) => !known.has(key) && settled(key))
    this.#take({ kept: stored.filter(({ key }) => settled(key)), gone })
  }

  /** Resolves when the stored mutations are loaded. Never rejects: if the storage fails, it goes on in memory. */
  readonly ready: Promise<void>

  mutationsOf(project_id: string): QueuedMutation[] {
    return [...this.#mutations.values()]
      .filter((mutation) => mutation.project_id === project_id)
      .sort((a, b) => a.n - b.n)
  }

  listen(listener: (notice: Notice) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /**
   * Adds mutations, which are shown at once. `saved` resolves when they survive a reload, and rejects if the storage
   * fails.
   */
  add(project_id: string, mutations: Mutation[], keys = mutations.map(() => crypto.randomUUID() as string)) {
    const made_at = Date.now()
    const { owner } = this.#options
    const queued = mutations.map((mutation, i): QueuedMutation => {
      this.#last = Math.max(made_at, this.#last + 1)
      return { ...mutation, key: keys[i] as string, owner, project_id, n: this.#last, made_at }
    })
    const saved = this.#change(queued, [])
    saved.catch(() => {}).then(() => this.#run(project_id)) // what cannot be saved can still be sent
    return { mutations: queued, saved }
  }

  /** How many mutations the server has not answered yet, of all projects. */
  get pending(): number {
    return [...this.#mutations.values()].filter(({ problem }) => !problem).length
  }

  /**
   * Sends a refused mutation again, changed by `change`, and those that waited for it. One whose task could not be
   * created is sent with all that waited for that, as it could not be done alone. All get new keys.
   */
  async retry(key: string, change: (mutation: QueuedMutation) => QueuedMutation): Promise<void> {
    const mutation = this.#mutations.get(key)
    if (!mutation?.problem) return
    const first = creationOf(mutation, this.#mutations.values()) ?? mutation
    const old = [first, ...dependantsOf(first, this.#mutations.values())]
    const again = old.map((each): QueuedMutation => {
      const { problem: _, sent_at: __, ...rest } = each === mutation ? change(mutation) : each
      this.#last = Math.max(Date.now(), this.#last + 1)
      return { ...rest, key: crypto.randomUUID(), n: this.#last }
    })
    await this.#change(
      again,
      old.map((each) => each.key),
    )
    this.#run(mutation.project_id)
  }

  /** Forgets a refused mutation, and those that waited for it. */
  async dismiss(key: string): Promise<void> {
    const mutation = this.#mutations.get(key)
    if (!mutation?.problem) return
    await this.#change([], [key, ...dependantsOf(mutation, this.#mutations.values()).map((other) => other.key)])
  }

  /** Forgets everything: whoever waits for a mutation is told that it was discarded. */
  async discard(): Promise<void> {
    const result = { ok: false, problem: DISCARDED } as const
    await Promise.all(
      [...this.#mutations.values()].map((mutation) => this.#change([], [mutation.key], { mutation, result })),
    )
  }

  /** Ends all waits: the network may be back. */
  wake(): void {
    for (const wake of this.#wakers) wake()
    for (const project_id of new Set([...this.#mutations.values()].map((mutation) => mutation.project_id)))
      this.#run(project_id)
  }

  /** Sends nothing any more: whoever waits for a mutation is told so. What is stored stays there. */
  close(): void {
    this.#closed = true
    this.#stopWaking()
    this.#channel?.close()
    for (const wake of this.#wakers) wake()
    this.#take({ closed: true })
  }

  /** Sends a project's mutations until none is left; in one tab at a time. */
  #run(project_id: string): void {
    if (this.#closed) this.#take({ closed: true }) // this mutation was added after the end
    if (this.#closed || this.#sending.has(project_id) || !this.#nextOf(project_id)) return
    this.#sending.add(project_id)
    void this.#runAlone(project_id, () => this.#drain(project_id))
      .catch(() => false)
      .then((again) => {
        this.#sending.delete(project_id)
        if (again) this.#run(project_id) // one may have been added just now
      })
  }

  #runAlone(project_id: string, drain: () => Promise<boolean>): Promise<boolean> {
    const { owner, storage } = this.#options
    if (!storage.channel) return drain()
    return runExclusively(`${storage.channel}:${owner}:${project_id}`, async () => {
      await this.load().catch(() => {}) // another tab may have sent some of them
      return drain()
    })
  }

  #nextOf(project_id: string): QueuedMutation | undefined {
    return this.mutationsOf(project_id).find(({ problem }) => !problem)
  }

  /** Sends until none is left, then returns true; false when it had to stop. */
  async #drain(project_id: string): Promise<boolean> {
    for (let failures = 0; !this.#closed; ) {
      const mutation = this.#nextOf(project_id)
      if (!mutation) return true
      const outcome = isAnswerForgotten(mutation)
        ? ({ kind: 'refused', problem: UNKNOWN } as const)
        : await this.#options.send(await this.#markSent(mutation))
      if (this.#closed || outcome.kind === 'nobody') return false
      if (outcome.kind === 'later') {
        await this.#rest(outcome.wait_ms + backoff(failures))
        failures += 1
      } else {
        failures = 0
        await this.#settle(mutation, outcome)
      }
    }
    return false
  }

  /** Notes in the storage that the mutation may have been sent, and returns it so. */
  async #markSent(mutation: QueuedMutation): Promise<QueuedMutation> {
    if (mutation.sent_at !== undefined) return mutation
    const marked = { ...mutation, sent_at: Date.now() }
    await this.#change([marked], []).catch(() => {})
    return marked
  }

  async #settle(mutation: QueuedMutation, outcome: Extract<Outcome, { kind: 'done' | 'refused' }>): Promise<void> {
    const result: MutationResult =
      outcome.kind === 'done' ? { ok: true, answer: outcome.answer } : { ok: false, problem: outcome.problem }
    const { keep, forget } = withAnswer(mutation, result, [...this.#mutations.values()])
    await this.#change(keep, forget, { mutation, result }).catch(() => {})
  }

  #rest(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.#wakers.delete(wake)
        stop()
        resolve()
      }
      const stop = runAfter(ms, wake)
      this.#wakers.add(wake)
    })
  }

  /** Changes what is kept: here at once, then in the storage, then in other tabs. */
  async #change(kept: QueuedMutation[], gone: string[], settled?: Notice['settled']): Promise<void> {
    const notice: Notice = { kept, gone, ...(settled && { settled }) }
    const keys = [...kept.map(({ key }) => key), ...gone]
    for (const key of keys) this.#changing.set(key, (this.#changing.get(key) ?? 0) + 1)
    this.#take(notice)
    try {
      await this.#runInOrder(() => this.#options.storage.write(kept, gone))
    } finally {
      for (const key of keys) this.#noteStored(key)
      if (!this.#closed) this.#channel?.postMessage(notice)
    }
  }

  #noteStored(key: string): void {
    const left = (this.#changing.get(key) ?? 1) - 1
    if (left > 0) this.#changing.set(key, left)
    else this.#changing.delete(key)
  }

  /** Runs work on the storage one after another, so that what is read has every change that was requested before. */
  #runInOrder<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#storing.then(work)
    this.#storing = done.catch(() => {})
    return done
  }

  #take(notice: Notice): void {
    for (const key of notice.gone ?? []) this.#mutations.delete(key)
    for (const mutation of notice.kept ?? []) {
      this.#mutations.set(mutation.key, mutation)
      this.#last = Math.max(this.#last, mutation.n)
    }
    for (const listener of this.#listeners) listener(notice)
  }
}

/** Whether the server may have forgotten its answer, so that sending it again is not safe. */
const isAnswerForgotten = ({ sent_at }: QueuedMutation) =>
  sent_at !== undefined && Date.now() - sent_at > ANSWERS_KEPT_MS
