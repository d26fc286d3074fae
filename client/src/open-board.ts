import type { Board } from './apply-event.ts'
import type { Context } from './context.ts'
import { applyMutations } from './mutations.ts'
import { OwnMutations, type Refusal, type Sent, taskIn } from './own-mutations.ts'
import { dataOf } from './problem.ts'
import { type Ended, ReconnectingSocket } from './reconnecting-socket.ts'
import { ServerBoard } from './server-board.ts'
import { type Readable, Store } from './store.ts'
import type { Changes, Event, NewTask, Place, ServerMessage, Viewer } from './types.ts'

/** `offline`: nothing answers. `ended`: there is no access any more; open it again by hand. */
export type Status = 'loading' | 'live' | 'connecting' | 'offline' | 'ended'

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

export type OpenBoardOptions = { project: string; perColumn?: number }

const NOBODY_THERE: readonly Viewer[] = []

/** A live board: the server's state kept up to date by a socket, and your own mutations upon it. */
export class OpenBoard implements Readable<BoardSnapshot> {
  readonly project: string
  readonly #context: Context
  readonly #store = new Store<object>({})
  readonly #server: ServerBoard
  readonly #own: OwnMutations
  readonly #line: ReconnectingSocket

  #status: Status = 'loading'
  #ended: Ended | undefined
  #presence = NOBODY_THERE
  #lookingAt: string | null = null
  #snapshot: BoardSnapshot | undefined

  constructor(context: Context, { project, perColumn = 100 }: OpenBoardOptions) {
    this.project = project
    this.#context = context
    const changed = () => this.#changed()
    this.#server = new ServerBoard({
      context,
      project,
      perColumn,
      awaited: () => this.#own.awaited(),
      became: (board) => this.#became(board),
      changed,
      ended: (end) => this.end(end),
      isOver: () => this.#status === 'ended',
    })
    this.#own = new OwnMutations({ context, project, server: this.#server, changed })
    this.#line = new ReconnectingSocket({
      address: () => this.#address(),
      connect: context.connect,
      access: () => context.access(),
      probe: async () => void dataOf(await context.api.GET('/projects/{id}', { params: { path: { id: project } } })),
      heard: (message) => this.#hear(message),
      greeted: () => this.#look(),
      lost: (offline) => {
        this.#presence = NOBODY_THERE
        this.#turn(offline ? 'offline' : this.#server.board ? 'connecting' : 'loading')
      },
      reload: () => this.#server.read(),
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
    return this.#own.mutate({ kind: 'create', task_id: crypto.randomUUID(), fields })
  }

  move(task_id: string, place: Place): Sent {
    const { before, after, ...rest } = place
    const { idOf } = this.#own
    const beside = { ...(before && { before: idOf(before) }), ...(after && { after: idOf(after) }) }
    return this.#own.mutate({ kind: 'move', task_id: idOf(task_id), place: { ...rest, ...beside } })
  }

  /** Edits a task. What others changed meanwhile stays; where they changed the same field, the edit is refused with both values. */
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

  /** Sends a refused mutation again, as it was or with other changes; an edit then overwrites what others have made of the field. */
  retry(refusal: Refusal, changes?: Changes): Promise<void> {
    return this.#own.retry(refusal, changes)
  }

  dismiss(refusal: Refusal): Promise<void> {
    return this.#own.dismiss(refusal)
  }

  /** Tells the others which card you have open; null for none. */
  lookAt(task_id: string | null): void {
    this.#lookingAt = task_id && this.#own.idOf(task_id)
    this.#look()
  }

  /** Loads more tasks of a long column. Whether there are still more. Throws ApiError. */
  loadMore(key: string): Promise<boolean> {
    return this.#server.loadMore(key)
  }

  /** Ends the socket. Mutations that are on their way are sent all the same. */
  close(): void {
    this.#line.close()
    this.#own.close()
    this.#context.forget(this)
  }

  /** The client says that nobody is signed in any more, or somebody else. */
  end(end: Ended): void {
    this.#line.close()
    this.#end(end)
  }

  async #address(): Promise<string> {
    await Promise.all([this.#own.attach(), this.#server.board ?? this.#server.read()])
    const { epoch, seq } = this.#server.board as Board
    const { ticket } = dataOf(await this.#context.api.POST('/auth/ws-ticket'))
    const url = new URL(`${this.#context.url}/ws/projects/${this.project}`)
    url.protocol = url.protocol.replace('http', 'ws')
    url.searchParams.set('ticket', ticket)
    url.searchParams.set('since', `${epoch}:${seq}`)
    if (this.#status === 'offline') this.#turn('connecting')
    return url.href
  }

  #hear(message: ServerMessage): void {
    if (message.type === 'event') this.#take([message])
    if (message.type === 'events') this.#take(message.events)
    if (message.type === 'snapshot_required') this.#server.reread(message.seq)
    if (message.type === 'replayed' || message.type === 'snapshot_required') this.#turn('live')
    if (message.type === 'presence') {
      this.#presence = message.users
      this.#changed()
    }
  }

  #take(events: Event[]): void {
    for (const event of events) {
      this.#own.recognise(event)
      this.#server.take(event)
    }
    this.#changed()
  }

  #became(board: Board): void {
    this.#own.reached(board.seq)
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
    const { board } = this.#server
    const { applied, pending, refusals } = this.#own.show()
    return {
      status: this.#status,
      ...(this.#ended && { ended: this.#ended }),
      ...(board && this.#own.isAttached && { board: applyMutations(board, applied) }),
      presence: this.#presence,
      pending,
      refusals,
    }
  }
}
