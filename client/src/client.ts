import { type Api, createApi } from './api.ts'
import type { Context, OpenStore } from './context.ts'
import { OpenBoard, type OpenBoardOptions } from './open-board.ts'
import { OpenInbox } from './open-inbox.ts'
import { Outbox } from './outbox.ts'
import { platform, runAfter } from './platform.ts'
import { ApiError, problemIn, problemOf } from './problem.ts'
import type { Ended, Socket } from './reconnecting-socket.ts'
import { type RetryOptions, withRetry } from './retry.ts'
import { sendMutation } from './send-mutation.ts'
import { fixedSession, memorySession, type Session, sendLogout, type Tokens } from './session.ts'
import { defaultStorage, type MutationStorage } from './storage.ts'
import { type Readable, Store } from './store.ts'
import type { Credentials, Registration, User } from './types.ts'
import { withAuthorization } from './with-authorization.ts'

export type ClientOptions = {
  /** The address of the API; may be left out in a page of the API's own origin. */
  url?: string
  /** An API key, or an access token that you keep fresh: the function is called for every request. */
  token?: string | (() => string | Promise<string>)
  /** Where the tokens of people who sign in are kept; in memory if left out. */
  session?: Session
  /** Where mutations wait until the server has them: IndexedDB in browsers, memory elsewhere. */
  storage?: MutationStorage
  fetch?: typeof fetch
  /** How often and how fast keyed writes are sent again. */
  retry?: Omit<RetryOptions, 'fetch'>
  /** Opens a WebSocket: the platform's own if left out. */
  connect?: (address: string) => Socket
}

/** `loading`: it is not known yet whether somebody is signed in. */
export type ClientSnapshot = { status: 'loading' | 'signed_in' | 'signed_out'; user: User | null }

/** The time limit of a request for tokens: other tabs wait for its end. */
const ANSWER_WITHIN_MS = 20_000

const SIGNED_OUT: Ended = { code: 401, reason: 'You are signed out' }

export class Client implements Readable<ClientSnapshot> {
  readonly url: string
  /** Every operation of the API. Requests have the token, and keyed writes are sent again when their answer is lost. */
  readonly api: Api
  readonly #session: Session
  readonly #storage: MutationStorage
  readonly #store = new Store<ClientSnapshot>({ status: 'loading', user: null })
  readonly #send: typeof fetch
  readonly #connect: (address: string) => Socket
  readonly #open = new Set<OpenStore>()
  #outbox: Outbox | undefined
  /** The last access token whose owner is known. */
  #known: string | undefined
  /** Whether we must know who is signed in: a program that only calls the API with its key need not. */
  #personal: boolean
  #identifying: Promise<void> | undefined

  constructor(options: ClientOptions) {
    const { url = platform().location?.origin, token } = options
    if (!url) throw new TypeError('Say where the API is: createClient({ url })')
    this.url = url.replace(/\/$/, '')
    this.#session = options.session ?? (token === undefined ? memorySession() : fixedSession(token))
    this.#personal = token === undefined
    this.#storage = options.storage ?? defaultStorage()
    this.#connect = options.connect ?? ((address) => new WebSocket(address) as unknown as Socket)
    this.#send = (input, init) => (options.fetch ?? fetch)(input, init)
    const send = withAuthorization(this.#send, (refused) => this.#access(refused))
    const retrying = withRetry({ ...options.retry, fetch: send })
    this.api = createApi(this.url, (request) => retrying(request))
    this.#once = createApi(this.url, (request) => send(request))
    this.#session.connect(
      { url: this.url, fetch: this.#send },
      () => this.#leave(SIGNED_OUT),
      () => void this.resume().catch(() => {}),
    )
  }

  /** The API without repeats, for mutations: the outbox sends them again by itself. */
  readonly #once: Api

  readonly subscribe = (changed: () => void) => this.#store.subscribe(changed)
  readonly getSnapshot = (): ClientSnapshot => this.#store.getSnapshot()

  get user(): User | null {
    return this.#store.getSnapshot().user
  }

  /** How many mutations of the person who is signed in the server has not answered yet, on all boards. */
  get pending(): number {
    return this.#outbox?.pending ?? 0
  }

  /**
   * Who is signed in, from a session that was kept; null for nobody. Throws ApiError, or the error of `fetch` without
   * an answer.
   */
  async resume(): Promise<User | null> {
    this.#personal = true
    const access = await this.#access()
    if (access === null && this.#store.getSnapshot().status === 'loading') this.#leave(SIGNED_OUT)
    return this.user
  }

  /**
   * Signs in, in all tabs. Throws ApiError (`credentials_invalid`, `too_many_requests`), or the error of `fetch`
   * without an answer.
   */
  signIn(credentials: Credentials): Promise<User> {
    return this.#begin('login', credentials)
  }

  /** Opens an account and signs in. Throws ApiError (`email_taken`, `invitation_required`, …), or as `signIn`. */
  register(registration: Registration): Promise<User> {
    return this.#begin('register', registration)
  }

  /**
   * Ends the session, here and in all tabs. Mutations that have no answer yet (`pending`) wait until the same person
   * signs in again; `discard` deletes them instead.
   */
  async signOut({ discard = false } = {}): Promise<void> {
    if (discard) await this.#outbox?.discard()
    const { headers } = this.#session
    await this.#session.end((access) => sendLogout({ url: this.url, fetch: this.#send }, headers, access))
    this.#leave(SIGNED_OUT)
  }

  /** Opens a live board. Its status becomes `ended` when nobody is signed in. */
  openBoard(options: OpenBoardOptions): OpenBoard {
    const board = new OpenBoard(this.#context, options)
    this.#open.add(board)
    return board
  }

  openInbox(): OpenInbox {
    const inbox = new OpenInbox(this.#context)
    this.#open.add(inbox)
    return inbox
  }

  /**
   * Closes everything. The `done` of mutations without an answer resolves with the problem `closed`. They stay in the
   * storage, from which the next client sends them: IndexedDB keeps them, memory does not.
   */
  close(): void {
    for (const open of this.#open) open.end({ code: 1000, reason: 'The client was closed' })
    this.#outbox?.close()
    this.#session.close()
  }

  readonly #context: Context = (() => {
    const client = this
    return {
      get url() {
        return client.url
      },
      get api() {
        return client.api
      },
      connect: (address) => client.#connect(address),
      access: () => client.#access(),
      userId: async () => (await client.resume())?.id ?? null,
      outbox: async () => {
        await client.resume()
        await client.#outbox?.ready
        return client.#outbox ?? null
      },
      presentOutbox: () => client.#outbox,
      forget: (open) => void client.#open.delete(open),
      later: (run) => void runAfter(1_000, run),
    }
  })()

  async #begin(what: 'login' | 'register', body: Credentials | Registration): Promise<User> {
    const headers = { ...this.#session.headers, 'Content-Type': 'application/json' }
    const { tokens, user } = await this.#session.begin(async () => {
      const init = {
        method: 'POST',
        headers,
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      }
      const answer = await this.#send(`${this.url}/auth/${what}`, init)
      const said = await answer.json().catch(() => undefined)
      if (!answer.ok) throw new ApiError(problemIn(said, answer))
      return said as { tokens: Tokens; user: User }
    })
    this.#enter(tokens.access, user)
    return user
  }

  /**
   * The access token, whose owner is then known; null when nobody is signed in. `refused`: one that the server refused.
   * Throws ApiError when the server refuses, or another account has signed in meanwhile.
   */
  async #access(refused?: string): Promise<string | null> {
    const before = this.user?.id
    const access = await this.#session.access(refused)
    if (access === null) return null
    const owner = access === this.#known ? undefined : this.#session.owner?.(access)
    if (owner) this.#enter(access, owner)
    if (this.#personal && access !== this.#known) {
      this.#identifying ??= this.#identify(access).finally(() => {
        this.#identifying = undefined
      })
      await this.#identifying
    }
    if (before !== undefined && this.user?.id !== before)
      throw new ApiError(
        problemOf(
          401,
          'token_revoked',
          'Another account has signed in meanwhile',
          'Repeat the request if it should run as that account.',
        ),
      )
    return access
  }

  async #identify(access: string): Promise<void> {
    const headers = { Authorization: `Bearer ${access}` }
    const answer = await this.#send(`${this.url}/users/me`, { headers })
    const body = await answer.json().catch(() => undefined)
    if (!answer.ok) throw new ApiError(problemIn(body, answer))
    this.#enter(access, body as User)
  }

  #enter(access: string, user: User): void {
    this.#known = access
    if (this.user && this.user.id !== user.id) this.#leave({ code: 401, reason: 'Somebody else has signed in' })
    this.#store.set({ status: 'signed_in', user })
    if (this.#outbox) this.#outbox.wake()
    else this.#openOutbox(user)
  }

  #openOutbox(user: User): void {
    const owner = `${this.url} ${user.id}`
    this.#outbox = new Outbox({ owner, storage: this.#storage, send: (mutation) => sendMutation(this.#once, mutation) })
  }

  #leave(end: Ended): void {
    this.#known = undefined
    this.#outbox?.close()
    this.#outbox = undefined
    for (const open of [...this.#open]) open.end(end)
    this.#store.set({ status: 'signed_out', user: null })
  }
}

/** Makes a client of the API at `url`. It sends no request until it is used. */
export const createClient = (options: ClientOptions = {}): Client => new Client(options)

/** Opens a live board: the same as `client.openBoard(options)`. */
export const openBoard = (client: Client, options: OpenBoardOptions): OpenBoard => client.openBoard(options)
