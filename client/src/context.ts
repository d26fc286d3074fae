import type { Api } from './api.ts'
import type { Outbox } from './outbox.ts'
import type { Ended, Socket } from './reconnecting-socket.ts'

/** A board or an inbox, which ends when its user signs out. */
export interface OpenStore {
  end(end: Ended): void
}

/** What boards and inboxes need of their client. */
export interface Context {
  readonly url: string
  readonly api: Api
  connect(address: string): Socket
  /** The access token; null when nobody is signed in. Throws when the server does not answer. */
  access(): Promise<string | null>
  /** The id of whoever is signed in; null for nobody. Throws when the server does not answer. */
  userId(): Promise<string | null>
  /** The outbox of whoever is signed in; null for nobody. Throws when the server does not answer. */
  outbox(): Promise<Outbox | null>
  /** The outbox, if it is known already. */
  presentOutbox(): Outbox | undefined
  forget(open: OpenStore): void
  /** Calls `run` after a second, for another attempt. */
  later(run: () => void): void
}
