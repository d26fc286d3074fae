import type { Board } from './apply-event.ts'
import type { Context } from './context.ts'
import { applyMutations } from './mutations.ts'
import { OwnMutations, type PendingComment, type Refusal, type Sent, taskIn } from './own-mutations.ts'
import { runAfter } from './platform.ts'
import { dataOf } from './problem.ts'
import { type Ended, ReconnectingSocket } from './reconnecting-socket.ts'
import { type Correction, placeWithIds } from './rewrite.ts'
import { ServerBoard } from './server-board.ts'
import { type Readable, Store } from './store.ts'
import type { Changes, Event, NewTask, Place, ServerMessage, Viewer } from './types.ts'

/** `connecting`: it comes back by itself. `offline`: the server does not answer. `ended`: there is no access now. */
export type Status = 'loading' | 'live' | 'connecting' | 'offline' | 'ended'

export type BoardSnapshot = {
  status: Status
  /** Why there is no access any more: a close code of the socket or a status of HTTP, and a text. */
  ended?: Ended
  /** The server's board with your own pending mutations applied. Undefined until it was read. */
  board?: Board
  /** Who is on the board now, and the card that they have open. */
  presence: readonly Viewer[]
  /** Mutations of yours that the server has not answered yet. */
  pending: number
  /** The comments among them. A board has no comments: show these below those of their task. */
  comments: readonly PendingComment[]
  refusals: readonly Refusal[]
}

/** `project`: its id. `perColumn`: how many tasks of each column are read at first, 100 if left out. */
export type OpenBoardOptions = { project: string; perColumn?: number }

const NOBODY_THERE: readonly Viewer[] = []

/**
 * The time between two messages about the card that is open: the server closes a socket at 100 messages in a minute.
 */
const OPEN_CARD_MS = 1_000

/** A live board: the server's state kept up to date by a socket, with your own mutations applied to it. */
export class OpenBoard implements Readable<BoardSnapshot> {
  readonly project: string
  readonly #context: Context
  readonly #store = new Store<object>({})
  readonly #server: ServerBoard
  readonly #own: OwnMutations
  readonly #socket: ReconnectingSocket

  #status: Status = 'loading'
  #ended: Ended | undefined
  #closed = false
  #presence = NOBODY_THERE
  #openCard: string | null = null
  /** What the server was told of it on this socket. */
  #toldCard: string | null = null
  /** Set for a while after each message about it. */
  #stopCardWait: (() => void) | undefined
  #snapshot: BoardSnapshot | undefined

  constructor(context: Context, { project, perColumn = 100 }: OpenBoardOptions) {
    this.project = project
    this.#context = context
    const onChange = () => this.#publish()
    this.#server = new ServerBoard({
      context,
      project,
      perColumn,
      awaited: () => this.#own.awaited(),
      onBoard: (board) => this.#onBoard(board),
      onChange,
      onEnded: (end) => this.end(end),
      isOver: () => this.#closed,
    })
    this.#own = new OwnMutations({ context, project, server: this.#server, onChange })
    this.#socket = new ReconnectingSocket({
      address: () => this.#makeAddress(),
      connect: context.connect,
      access: () => context.access(),
      probe: async () => void dataOf(await context.api.GET('/projects/{id}', { params: { path: { id: project } } })),
      onMessage: (message) => this.#hear(message),
      onGreeted: () => {
        this.#toldCard = null
        this.#sendOpenCard()
      },
      onLost: (offline) => {
        this.#presence = NOBODY_THERE
        this.#setStatus(offline ? 'offline' : this.#server.board ? 'connecting' : 'loading')
      },
      reload: () => this.#server.read(),
      onEnded: (end) => this.#end(end),
    })
    this.#socket.open()
  }

  readonly subscribe = (changed: () => void) => this.#store.subscribe(changed)

  readonly getSnapshot = (): BoardSnapshot => {
    this.#snapshot ??= this.#makeSnapshot()
    return this.#snapshot
  }

  /**
   * Creates a task. Like the mutations below, throws an Error while it is not known who is signed in: it is after
   * `signIn`, and when the snapshot has a `board`.
   */
  create(fields: NewTask): Sent {
    return this.#own.mutate({ kind: 'create', task_id: crypto.randomUUID(), fields })
  }

  move(task_id: string, place: Place): Sent {
    const { idOf } = this.#own
    const id = idOf(task_id)
    return this.#own.mutate({ kind: 'move', task_id: id, place: placeWithIds(place, id, idOf) })
  }

  /**
   * Edits a task. What others changed meanwhile stays; if they changed the same field, the edit is refused with both
   * values.
   */
  edit(task_id: string, changes: Changes): Sent {
    const id = this.#own.idOf(task_id)
    return this.#own.edit(id, changes, taskIn(this.getSnapshot().board, id))
  }

  remove(task_id: string): Sent {
    return this.#own.mutate({ kind: 'remove', task_id: this.#own.idOf(task_id) })
  }

  comment(task_id: string, body: string): Sent {
    return this.#own.mutate({ kind: 'comment', task_id: this.#own.idOf(task_id), body })
  }

  /**
   * Sends a refused mutation again, as it was or corrected: with some other fields of a new task (the rest stay),
   * another place, other changes of an edit, or another body of a comment. An edit then overwrites what others wrote to
   * its fields. Rejects with TypeError when a removal is corrected.
   */
  retry(refusal: Refusal, correction?: Correction): Promise<void> {
    return this.#own.retry(refusal, correction)
  }

  dismiss(refusal: Refusal): Promise<void> {
    return this.#own.dismiss(refusal)
  }

  /** Tells the others which card you have open; null for none. After quick calls, the last is told within a second. */
  lookAt(task_id: string | null): void {
    this.#openCard = task_id && this.#own.idOf(task_id)
    this.#sendOpenCard()
  }

  /** Loads the next 100 tasks of the column `key`. Returns whether there are still more. Throws ApiError. */
  loadMore(key: string): Promise<boolean> {
    return this.#server.loadMore(key)
  }

  /** Closes the socket. Pending mutations are still sent. */
  close(): void {
    this.#closed = true
    this.#stopCardWait?.()
    this.#socket.close()
    this.#own.close()
    this.#context.forget(this)
  }

  /** Called by the client when nobody is signed in any more, or somebody else is. */
  end(end: Ended): void {
    this.#socket.close()
    this.#end(end)
  }

  async #makeAddress(): Promise<string> {
    await Promise.all([this.#own.attach(), this.#server.board ?? this.#server.read()])
    const { epoch, seq } = this.#server.board as Board
    const { ticket } = dataOf(await this.#context.api.POST('/auth/ws-ticket'))
    const url = new URL(`${this.#context.url}/ws/projects/${this.project}`)
    url.protocol = url.protocol.replace('http', 'ws')
    url.searchParams.set('ticket', ticket)
    url.searchParams.set('since', `${epoch}:${seq}`)
    if (this.#status === 'offline') this.#setStatus('connecting')
    return url.href
  }

  #hear(message: ServerMessage): void {
    if (message.type === 'event') this.#take([message])
    if (message.type === 'events') this.#take(message.events)
    if (message.type === 'snapshot_required') this.#server.reread(message.seq)
    if (message.type === 'replayed' || message.type === 'snapshot_required') this.#setStatus('live')
    if (message.type === 'presence') {
      this.#presence = message.users
      this.#publish()
    }
  }

  #take(events: Event[]): void {
    for (const event of events) {
      this.#own.recognise(event)
      this.#server.take(event)
    }
    this.#publish()
  }

  #onBoard(board: Board): void {
    this.#own.forgetReached(board.seq)
    this.#snapshot = undefined
    if (board.deleted) this.end({ code: 4404, reason: 'The project was deleted' })
  }

  #sendOpenCard(): void {
    if (this.#stopCardWait || this.#openCard === this.#toldCard) return
    this.#socket.send({ type: 'presence', task_id: this.#openCard })
    this.#toldCard = this.#openCard
    this.#stopCardWait = runAfter(OPEN_CARD_MS, () => {
      this.#stopCardWait = undefined
      this.#sendOpenCard()
    })
  }

  #end(end: Ended): void {
    this.#ended = end
    this.#presence = NOBODY_THERE
    this.#setStatus('ended')
    this.close()
  }

  #setStatus(status: Status): void {
    if (this.#status === 'ended') return
    this.#status = status
    this.#publish()
  }

  #publish(): void {
    this.#snapshot = undefined
    this.#store.set({})
  }

  #makeSnapshot(): BoardSnapshot {
    const { board } = this.#server
    const { applied, pending, comments, refusals } = this.#own.show()
    return {
      status: this.#status,
      ...(this.#ended && { ended: this.#ended }),
      ...(board && this.#own.isAttached && { board: applyMutations(board, applied) }),
      presence: this.#presence,
      pending,
      comments,
      refusals,
    }
  }
}
