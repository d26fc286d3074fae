import { runBrieflyExclusively } from './exclusive.ts'
import { type Channel, isPage, type Mark, markNamed, onWake, openChannel } from './platform.ts'
import { ApiError, problemIn } from './problem.ts'
import type { User } from './types.ts'

/** What a session holds while somebody is signed in. */
export type HeldTokens = {
  access: string
  /** Missing in a cookie session, whose page never sees the refresh token. */
  refresh?: string
  /** Milliseconds since 1970: from then on the access token is not used any more. */
  fresh_until: number
}

/** The tokens of a sign-in or a refresh, as the API answers them. `expires_in`: seconds. */
export type Tokens = { access: string; refresh?: string; expires_in: number }

export type Transport = { url: string; fetch: typeof fetch }

/**
 * The session of the person or program who makes the requests: gives the access token, and refreshes it once for all
 * tabs.
 */
export interface Session {
  /** Headers of requests that begin or end the session. */
  readonly headers: Record<string, string>
  /** Called once by the client, with what to call when the session has `ended`, or another tab has `begun` one. */
  connect(transport: Transport, ended: () => void, begun: () => void): void
  /**
   * The access token; null when nobody is signed in. `refused` is one that the server did not take. Throws when
   * the server does not answer.
   */
  access(refused?: string): Promise<string | null>
  /** Whose access token this is, if the server named the person with it; else undefined. */
  owner?(access: string): User | undefined
  /** Signs somebody in, while no tab refreshes: a late answer to a refresh would put the old session back. */
  begin<T extends { tokens: Tokens }>(signIn: () => Promise<T>): Promise<T>
  /**
   * Signs out, also while no tab refreshes. `signOut` tells the server, with the access token if there is one; it
   * throws when the server does not answer. The session is over here all the same.
   */
  end(signOut: (access: string | null) => Promise<void>): Promise<void>
  close(): void
}

/** Where a kind of session keeps its tokens. */
type Keeper = {
  headers: Record<string, string>
  /** What this tab, or another one, got last; undefined when only the server can tell. */
  latest(mine: HeldTokens | undefined): Promise<HeldTokens | null | undefined>
  keep(tokens: HeldTokens | null): Promise<void>
  /** Whether tabs tell each other when somebody signs in or out. */
  hasTabs: boolean
  /** Whether tabs also give each other the access token. */
  sharesToken: boolean
  /**
   * Set while the server has not confirmed a sign-out. Only where this page cannot forget the refresh token by itself:
   * until the session has ended on the server, the token would sign the person in again.
   */
  markOfEnd?(url: string): Mark
}

/** An access token is not used in its last 30 seconds, or in the last tenth of its life if that is shorter. */
const freshUntil = ({ expires_in }: Tokens) => Date.now() + (expires_in - Math.min(30, expires_in / 10)) * 1000
const REFRESH_TIMEOUT_MS = 15_000
/** How long a tab waits for another one's token. */
const ASK_MS = 150

type TabMessage =
  | { type: 'ended' | 'ask' }
  | { type: 'began'; tokens: HeldTokens | undefined }
  | { type: 'have'; tokens: HeldTokens }

/** Ends a session on the server. Throws unless it has ended, by this or before. */
export async function sendLogout({ url, fetch }: Transport, given: Session['headers'], access: string | null) {
  const headers = { ...given, ...(access && { Authorization: `Bearer ${access}` }) }
  const signal = AbortSignal.timeout(REFRESH_TIMEOUT_MS)
  const answer = await fetch(`${url}/auth/logout`, { method: 'POST', headers, signal })
  if (!answer.ok && answer.status !== 401) throw new ApiError(problemIn(await answer.json().catch(() => {}), answer))
}

class KeptSession implements Session {
  readonly headers: Record<string, string>
  readonly #keeper: Keeper
  #transport: Transport | undefined
  #channel: Channel | undefined
  #held: HeldTokens | undefined
  /** Whether our token came from another tab: when it is refused, asking tabs again would be of no use. */
  #borrowed = false
  #nobody = false
  #owner: { access: string; user: User } | undefined
  #refreshing: Promise<string | null> | undefined
  #heard: ((tokens: HeldTokens) => void) | undefined
  #mark: Mark | undefined
  #stopWaking = () => {}
  #ended = () => {}
  #begun = () => {}

  constructor(keeper: Keeper) {
    this.#keeper = keeper
    this.headers = keeper.headers
  }

  connect(transport: Transport, ended: () => void, begun: () => void): void {
    this.#transport = transport
    this.#ended = ended
    this.#begun = begun
    if (this.#keeper.hasTabs) this.#channel = openChannel(`flowtrack:session:${transport.url}`)
    if (this.#channel) this.#channel.onmessage = ({ data }) => this.#hear(data as TabMessage)
    this.#mark = this.#keeper.markOfEnd?.(transport.url)
    this.#stopWaking = onWake(() => this.#mark?.isSet() && void this.#runAlone(() => this.#finishEnd()))
  }

  async access(refused?: string): Promise<string | null> {
    if (this.#nobody) return null
    const held = this.#held
    if (held && isGood(held, refused)) return held.access
    this.#refreshing ??= this.#refresh(refused).finally(() => {
      this.#refreshing = undefined
    })
    return this.#refreshing
  }

  owner(access: string): User | undefined {
    return this.#owner?.access === access ? this.#owner.user : undefined
  }

  begin<T extends { tokens: Tokens }>(signIn: () => Promise<T>): Promise<T> {
    const begin = async () => {
      await this.#finishEnd()
      const answer = await signIn()
      this.#mark?.set(false) // the new session has replaced the old one in the cookie
      await this.#keep(answer.tokens)
      this.#tell({ type: 'began', tokens: this.#keeper.sharesToken ? this.#held : undefined })
      return answer
    }
    return this.#keeper.hasTabs ? this.#runAlone(begin) : begin()
  }

  async end(signOut: (access: string | null) => Promise<void>): Promise<void> {
    const access = await this.#accessToEnd()
    const end = async () => {
      this.#mark?.set(true)
      await signOut(access).then(
        () => this.#mark?.set(false),
        () => {},
      )
      await this.#forget()
      this.#tell({ type: 'ended' })
    }
    return this.#keeper.hasTabs ? this.#runAlone(end) : end()
  }

  close(): void {
    this.#stopWaking()
    this.#channel?.close()
  }

  /** An access token to sign out with; null for none. A cookie session does not refresh first: its cookie suffices. */
  async #accessToEnd(): Promise<string | null> {
    if (!this.#mark) return this.access().catch(() => null)
    return this.#held && isGood(this.#held) ? this.#held.access : null
  }

  /** Tells the server of a sign-out that it has not confirmed yet. Never throws: a later call repeats a failed one. */
  async #finishEnd(): Promise<void> {
    if (!this.#mark?.isSet()) return
    await sendLogout(this.#transport as Transport, this.headers, null).then(
      () => this.#mark?.set(false),
      () => {},
    )
  }

  /** Runs work that changes the session of this browser, in one tab at a time. */
  #runAlone<T>(work: () => Promise<T>): Promise<T> {
    const { url } = this.#transport as Transport
    return runBrieflyExclusively(`flowtrack:refresh:${url}`, work)
  }

  #refresh(refused: string | undefined): Promise<string | null> {
    return this.#runAlone(async () => {
      if (this.#mark?.isSet()) {
        await this.#finishEnd()
        return this.#lose()
      }
      const borrowed = await this.#ask()
      const latest = borrowed ?? (await this.#keeper.latest(this.#held))
      if (latest === null) return this.#lose()
      if (latest && isGood(latest, refused)) {
        this.#held = latest
        this.#borrowed = borrowed !== undefined
        return latest.access
      }
      const answer = await this.#send(latest)
      const body = await answer.json().catch(() => undefined)
      if (answer.status === 401) return this.#lose()
      if (!answer.ok) throw new ApiError(problemIn(body, answer))
      const { tokens, user } = body as { tokens: Tokens; user?: User }
      this.#owner = user && { access: tokens.access, user }
      return this.#keep(tokens)
    })
  }

  #send(latest: HeldTokens | undefined): Promise<Response> {
    const { url, fetch } = this.#transport as Transport
    return fetch(`${url}/auth/refresh`, {
      method: 'POST',
      signal: AbortSignal.timeout(REFRESH_TIMEOUT_MS),
      headers: latest?.refresh ? { ...this.headers, 'Content-Type': 'application/json' } : this.headers,
      ...(latest?.refresh && { body: JSON.stringify({ refresh: latest.refresh }) }),
    })
  }

  async #keep(tokens: Tokens): Promise<string> {
    this.#nobody = false
    this.#borrowed = false
    this.#held = {
      access: tokens.access,
      ...(tokens.refresh && { refresh: tokens.refresh }),
      fresh_until: freshUntil(tokens),
    }
    await this.#keeper.keep(this.#held)
    return tokens.access
  }

  async #forget(): Promise<void> {
    this.#nobody = true
    this.#held = undefined
    this.#owner = undefined
    await this.#keeper.keep(null)
  }

  async #lose(): Promise<null> {
    await this.#forget()
    this.#ended()
    return null
  }

  /** Asks other tabs for a newer token; undefined when tabs do not share it, or none answers within ASK_MS. */
  async #ask(): Promise<HeldTokens | undefined> {
    if (!this.#keeper.sharesToken || !this.#channel || !this.#held || this.#borrowed) return undefined
    const stale = this.#held.access
    const answer = new Promise<HeldTokens | undefined>((resolve) => {
      this.#heard = (tokens) => tokens.access !== stale && resolve(tokens)
      setTimeout(resolve, ASK_MS)
    })
    this.#tell({ type: 'ask' })
    return answer.finally(() => {
      this.#heard = undefined
    })
  }

  #tell(message: TabMessage): void {
    this.#channel?.postMessage(message)
  }

  #hear(message: TabMessage): void {
    if (message.type === 'ask' && this.#keeper.sharesToken && this.#held && isGood(this.#held))
      this.#tell({ type: 'have', tokens: this.#held })
    if (message.type === 'have') this.#heard?.(message.tokens)
    if (message.type === 'ended') {
      this.#nobody = true
      this.#held = undefined
      this.#ended()
    }
    if (message.type === 'began') {
      this.#nobody = false
      this.#held = message.tokens
      this.#begun()
    }
  }
}

const isGood = ({ access, fresh_until }: HeldTokens, refused?: string) => access !== refused && fresh_until > Date.now()

export type TokenStorage = {
  load(): HeldTokens | null | Promise<HeldTokens | null>
  save(tokens: HeldTokens | null): void | Promise<void>
}

/**
 * A session with its tokens in a storage of yours: `save` keeps what it is given (null: nobody is signed in), `load`
 * returns it. For programs, and for pages of other origins. In a page, all tabs must share the storage.
 */
export function tokenSession(storage: TokenStorage): Session {
  return new KeptSession({
    headers: {},
    hasTabs: isPage(),
    sharesToken: false,
    latest: async () => storage.load(),
    keep: async (tokens) => storage.save(tokens),
  })
}

/**
 * A session of a page of the API's own origin: the refresh token is in a cookie that no script can read, the access
 * token only in memory.
 */
export function cookieSession(): Session {
  return new KeptSession({
    headers: { 'FlowTrack-Session': 'cookie' },
    hasTabs: true,
    sharesToken: true,
    latest: async () => undefined,
    keep: async () => {},
    markOfEnd: (url) => markNamed(`flowtrack:ending:${url}`),
  })
}

/** A session with an API key, or with a token that the caller refreshes. Signing in is not possible. */
export function fixedSession(token: string | (() => string | Promise<string>)): Session {
  const access = async () => (typeof token === 'function' ? await token() : token)
  return {
    headers: {},
    connect: () => {},
    access,
    begin: () => {
      throw new TypeError('This client uses a token, so nobody can sign in with it: create a client without `token`')
    },
    end: async (signOut) => signOut(await access().catch(() => null)).catch(() => {}),
    close: () => {},
  }
}

/** A session in memory: nobody is signed in at first, and it is lost when the program ends. */
export function memorySession(): Session {
  let held: HeldTokens | null = null
  return new KeptSession({
    headers: {},
    hasTabs: false,
    sharesToken: false,
    latest: async () => held,
    keep: async (tokens) => {
      held = tokens
    },
  })
}
