import { backoffOf } from '../../lib/backoff.ts'
import { log } from '../../lib/log.ts'
import type { OnMessage, Stream } from './stream.ts'
import { nextStreamAction } from './timing.ts'

/** The pause after the first failure, and the longest one, in milliseconds. */
const FIRST_PAUSE_MS = 250
const MAX_PAUSE_MS = 15_000

type Deps = {
  open: (onMessage: OnMessage) => Promise<Stream>
  onMessage: OnMessage
  /** Called when messages may have been missed: there was no subscription for a while. */
  onGap: () => void
  ping: () => Promise<unknown>
}

/**
 * Keeps one subscription up: opens it again when it ends, falls silent or gets old.
 * It only decides how soon messages arrive. It lives in memory only: after an eviction the
 * relay's alarm calls `tick`, which opens it again.
 */
export class Listener {
  readonly #deps: Deps
  #stream: Stream | null = null
  #opening: Promise<void> | null = null
  #retry: ReturnType<typeof setTimeout> | null = null
  #failures = 0
  #pinged_at = 0
  #wanted = false

  constructor(deps: Deps) {
    this.#deps = deps
  }

  get listening(): boolean {
    return this.#stream !== null
  }

  /** Listens from now on. Never rejects. */
  async start(): Promise<void> {
    this.#wanted = true
    if (!this.#stream && !this.#retry) await this.#open()
  }

  stop(): void {
    this.#wanted = false
    if (this.#retry) clearTimeout(this.#retry)
    this.#retry = null
    this.#failures = 0
    this.#drop(this.#stream)
  }

  /**
   * To be called at every tick: checks whether the stream still brings messages, and sends the next ping. Never
   * rejects.
   */
  async tick(): Promise<void> {
    if (!this.#wanted) return // stopped while the stream was being opened
    const action = nextStreamAction(this.#stream, this.#pinged_at, Date.now())
    if (action === 'open') await this.start()
    else if (action !== 'keep') await this.#open(action === 'replace')
    const now = Date.now()
    await this.#deps.ping().then(
      () => {
        this.#pinged_at = now
      },
      (error: unknown) => log.warn('relay_ping_failed', { error }),
    )
  }

  /**
   * Opens a new stream, and closes the current one, if any, only then: so nothing is missed. `afterSilence`: the
   * current one brought nothing more, so messages may have been missed.
   */
  #open(afterSilence = false): Promise<void> {
    this.#opening ??= this.#replace(afterSilence)
      .catch((error: unknown) => {
        log.warn('relay_not_subscribed', { error })
        this.#failures += 1
        if (!this.#stream) this.#openLater()
      })
      .finally(() => {
        this.#opening = null
      })
    return this.#opening
  }

  async #replace(afterSilence: boolean): Promise<void> {
    const stream = await this.#deps.open(this.#deps.onMessage)
    const before = this.#stream
    this.#stream = stream
    before?.close()
    if (!this.#wanted) return this.#drop(stream)
    this.#failures = 0
    void stream.ended.then(() => {
      if (this.#stream !== stream) return
      this.#stream = null
      this.#failures += 1
      this.#openLater()
    })
    if (afterSilence || !before) this.#deps.onGap()
  }

  #drop(stream: Stream | null): void {
    if (this.#stream === stream) this.#stream = null // first: what ends now is not to be opened again
    stream?.close()
  }

  #openLater(): void {
    if (!this.#wanted || this.#retry) return
    this.#retry = setTimeout(
      () => {
        this.#retry = null
        void this.start()
      },
      backoffOf(this.#failures - 1, FIRST_PAUSE_MS, MAX_PAUSE_MS, Math.random()),
    )
  }
}
