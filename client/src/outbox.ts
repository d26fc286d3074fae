import type { Act, Deed, Settled } from './acts.ts'
import { backoff } from './backoff.ts'
import { exclusively } from './exclusive.ts'
import { after, type Channel, onWake, openChannel } from './platform.ts'
import { problemOf } from './problem.ts'
import { dependants, withAnswer } from './rewrite.ts'
import type { Outcome } from './send-act.ts'
import type { ActStorage } from './storage.ts'

/** What the outbox tells boards, of this tab and of others. */
export type Notice = { kept?: Act[]; gone?: string[]; settled?: { act: Act; result: Settled } }

type Options = {
  owner: string
  storage: ActStorage
  send: (act: Act) => Promise<Outcome>
  /** Whether there is a way to the server, as far as the last attempt tells. */
  onLine?: (online: boolean) => void
}

/** The server keeps its answers for a day: a repeat after that might do it twice. */
const ANSWERS_KEPT_MS = 23 * 3_600_000
const UNKNOWN = problemOf(
  0,
  'outcome_unknown',
  'It is not known whether this was done',
  'It was sent more than a day ago. Look at the board, then retry or dismiss it.',
)

const DISCARDED = problemOf(
  0,
  'discarded',
  'The change was discarded',
  'Its author signed out before it was sent. Make it again.',
)

/**
 * A person's acts on their way to the server: each in its order within its project, once in effect, whatever becomes of
 * answers, tabs and the network. One tab of a browser sends those of a project; all see the same acts.
 */
export class Outbox {
  readonly #options: Options
  readonly #acts = new Map<string, Act>()
  readonly #listeners = new Set<(notice: Notice) => void>()
  #channel: Channel | undefined
  readonly #sending = new Set<string>()
  /** Acts whose change is not in the storage yet, and how often. */
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

  /** Loads the acts that an earlier page load, or another tab, left. */
  async load(): Promise<void> {
    const { owner, storage } = this.#options
    const stored = await this.#inOrder(() => storage.read(owner))
    if (this.#closed) return
    const settled = (key: string) => !this.#changing.has(key)
    const known = new Set(stored.map(({ key }) => key))
    const gone = [...this.#acts.keys()].filter((key) => !known.has(key) && settled(key))
    this.#take({ kept: stored.filter(({ key }) => settled(key)), gone })
  }

  /** When it knows what was left. Without a storage it goes on in memory. */
  readonly ready: Promise<void>

  actsOf(project_id: string): Act[] {
    return [...this.#acts.values()].filter((act) => act.project_id === project_id).sort((a, b) => a.n - b.n)
  }

  listen(listener: (notice: Notice) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** Adds acts. They are shown at once; `saved` tells when they survive a reload. */
  add(project_id: string, deeds: Deed[], keys = deeds.map(() => crypto.randomUUID() as string)) {
    const made_at = Date.now()
    const { owner } = this.#options
    const acts = deeds.map((deed, i): Act => {
      this.#last = Math.max(made_at, this.#last + 1)
      return { ...deed, key: keys[i] as string, owner, project_id, n: this.#last, made_at }
    })
    const saved = this.#change(acts, [])
    saved.catch(() => {}).then(() => this.#run(project_id)) // what cannot be saved can still be sent
    return { acts, saved }
  }

  /** Sends a refused act again, as it now is, and what waited for it. */
  async retry(key: string, change: (act: Act) => Act): Promise<void> {
    const act = this.#acts.get(key)
    if (!act?.problem) return
    const old = [act, ...dependants(act, this.#acts.values())]
    const again = old.map((each): Act => {
      const { problem: _, sent_at: __, ...deed } = each === act ? change(act) : each
      this.#last = Math.max(Date.now(), this.#last + 1)
      return { ...deed, key: crypto.randomUUID(), n: this.#last }
    })
    await this.#change(
      again,
      old.map((each) => each.key),
    )
    this.#run(act.project_id)
  }

  /** Forgets a refused act, and what waited for it. */
  async dismiss(key: string): Promise<void> {
    const act = this.#acts.get(key)
    if (!act?.problem) return
    await this.#change([], [key, ...dependants(act, this.#acts.values()).map((other) => other.key)])
  }

  /** Forgets everything: whoever waits for an act is told that it was not sent. */
  async discard(): Promise<void> {
    const result = { ok: false, problem: DISCARDED } as const
    await Promise.all([...this.#acts.values()].map((act) => this.#change([], [act.key], { act, result })))
  }

  /** Ends all waits: the network may be back. */
  wake(): void {
    for (const wake of this.#wakers) wake()
    for (const project_id of new Set([...this.#acts.values()].map((act) => act.project_id))) this.#run(project_id)
  }

  close(): void {
    this.#closed = true
    this.#stopWaking()
    this.#channel?.close()
    for (const wake of this.#wakers) wake()
  }

  /** Sends a project's acts until none is left; in one tab at a time. */
  #run(project_id: string): void {
    if (this.#closed || this.#sending.has(project_id) || !this.#next(project_id)) return
    this.#sending.add(project_id)
    void this.#alone(project_id, () => this.#drain(project_id))
      .catch(() => false)
      .then((again) => {
        this.#sending.delete(project_id)
        if (again) this.#run(project_id) // one may have been added just now
      })
  }

  #alone(project_id: string, drain: () => Promise<boolean>): Promise<boolean> {
    const { owner, storage } = this.#options
    if (!storage.channel) return drain()
    return exclusively(`${storage.channel}:${owner}:${project_id}`, async () => {
      await this.load().catch(() => {}) // another tab may have sent some of them
      return drain()
    })
  }

  #next(project_id: string): Act | undefined {
    return this.actsOf(project_id).find(({ problem }) => !problem)
  }

  /** Sends until none is left, then returns true; false when it had to stop. */
  async #drain(project_id: string): Promise<boolean> {
    for (let failures = 0; !this.#closed; ) {
      const act = this.#next(project_id)
      if (!act) return true
      const outcome = isTooLate(act)
        ? ({ kind: 'refused', problem: UNKNOWN } as const)
        : await this.#options.send(await this.#marked(act))
      if (this.#closed || outcome.kind === 'nobody') return false
      this.#options.onLine?.(outcome.kind !== 'later' || outcome.problem.code !== 'offline')
      if (outcome.kind === 'later') {
        await this.#rest(outcome.wait_ms + backoff(failures))
        failures += 1
      } else {
        failures = 0
        await this.#settle(act, outcome)
      }
    }
    return false
  }

  /** The act, of which the storage knows that it may have been sent. */
  async #marked(act: Act): Promise<Act> {
    if (act.sent_at !== undefined) return act
    const marked = { ...act, sent_at: Date.now() }
    await this.#change([marked], []).catch(() => {})
    return marked
  }

  async #settle(act: Act, outcome: Extract<Outcome, { kind: 'done' | 'refused' }>): Promise<void> {
    const result: Settled =
      outcome.kind === 'done' ? { ok: true, done: outcome.done } : { ok: false, problem: outcome.problem }
    const { keep, forget } = withAnswer(act, result, [...this.#acts.values()])
    await this.#change(keep, forget, { act, result }).catch(() => {})
  }

  #rest(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.#wakers.delete(wake)
        stop()
        resolve()
      }
      const stop = after(ms, wake)
      this.#wakers.add(wake)
    })
  }

  /** Changes what is kept: here at once, then in the storage, then in other tabs. */
  async #change(kept: Act[], gone: string[], settled?: Notice['settled']): Promise<void> {
    const notice: Notice = { kept, gone, ...(settled && { settled }) }
    const keys = [...kept.map(({ key }) => key), ...gone]
    for (const key of keys) this.#changing.set(key, (this.#changing.get(key) ?? 0) + 1)
    this.#take(notice)
    try {
      await this.#inOrder(() => this.#options.storage.write(kept, gone))
    } finally {
      for (const key of keys) this.#changed(key)
      if (!this.#closed) this.#channel?.postMessage(notice)
    }
  }

  #changed(key: string): void {
    const left = (this.#changing.get(key) ?? 1) - 1
    if (left > 0) this.#changing.set(key, left)
    else this.#changing.delete(key)
  }

  /** What is read from the storage has every change that was asked for before. */
  #inOrder<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#storing.then(work)
    this.#storing = done.catch(() => {})
    return done
  }

  #take(notice: Notice): void {
    for (const key of notice.gone ?? []) this.#acts.delete(key)
    for (const act of notice.kept ?? []) {
      this.#acts.set(act.key, act)
      this.#last = Math.max(this.#last, act.n)
    }
    for (const listener of this.#listeners) listener(notice)
  }
}

const isTooLate = ({ sent_at }: Act) => sent_at !== undefined && Date.now() - sent_at > ANSWERS_KEPT_MS
