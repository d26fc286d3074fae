import type { Socket } from '../src/reconnecting-socket.ts'
import type { Event, Task } from '../src/types.ts'

/*
 * A server of one project in memory, with the contract of the real one as far as the client needs it: a journal without
 * gaps, answers kept by Idempotency-Key, merges by base_seq, sockets that replay. Tests break it in its own words.
 */

type Json = Record<string, unknown>
type Row = Task & Json
type Reply = { status: number; body?: unknown; seq?: number; cookie?: string }

export const COLUMNS = ['todo', 'doing', 'done']
const PROJECT = '01900000-0000-7000-8000-000000000001'
const EPOCH = '01900000-0000-7000-8000-0000000000ff'

const problem = (status: number, code: string, facts: Json = {}): Reply => ({
  status,
  body: { type: `urn:flowtrack:problem:${code}`, title: code, status, detail: 'Do.', instance: 'i', code, ...facts },
})

const memberOf = (user_id: string) => ({
  id: `member ${user_id}`,
  user_id,
  role: 'contributor',
  user: { id: user_id, name: user_id },
})

class FakeSocket implements Socket {
  readyState = 0
  onopen: Socket['onopen'] = null
  onmessage: Socket['onmessage'] = null
  onclose: Socket['onclose'] = null
  onerror: Socket['onerror'] = null
  readonly sent: string[] = []
  readonly #server: FakeServer
  /** Receives nothing and says nothing, as when the network has gone without a word. */
  mute = false

  constructor(server: FakeServer, address: string) {
    this.#server = server
    queueMicrotask(() => this.#begin(new URL(address)))
  }

  get open(): boolean {
    return this.readyState === 1
  }

  send(data: string): void {
    this.sent.push(data)
    if (data === 'ping') queueMicrotask(() => this.#deliver('pong'))
  }

  close(): void {
    this.readyState = 3
  }

  say(message: object): void {
    queueMicrotask(() => this.#deliver(JSON.stringify(message)))
  }

  /** The connection ends, with a code or without a word. */
  end(code = 1006, reason = ''): void {
    if (this.readyState === 3) return
    this.readyState = 3
    ;(this.onclose as ((event: object) => void) | null)?.({ code, reason })
  }

  #begin({ searchParams }: URL): void {
    if (!this.#server.online || !this.#server.tickets.delete(searchParams.get('ticket') ?? '')) this.end()
    else this.#greet(searchParams)
  }

  #greet(query: URLSearchParams): void {
    this.readyState = 1
    ;(this.onopen as (() => void) | null)?.()
    const expires_at = new Date(Date.now() + this.#server.token_seconds * 1000).toISOString()
    const { seq } = this.#server
    this.say({ type: 'hello', epoch: EPOCH, seq, region: 'weur', connection_id: EPOCH, expires_at })
    const since = Number(query.get('since')?.split(':')[1] ?? seq)
    if (since < this.#server.forgotten) this.say({ type: 'snapshot_required', seq })
    else {
      const events = this.#server.journal.filter((event) => event.seq > since)
      if (events.length > 0) this.say({ type: 'events', events })
      this.say({ type: 'replayed', seq })
    }
  }

  #deliver(data: string): void {
    if (this.open && !this.mute) (this.onmessage as ((event: object) => void) | null)?.({ data })
  }
}

export class FakeServer {
  readonly url = 'https://api.test'
  readonly project = PROJECT
  online = true
  /** How many of the next answers to writes are lost, after the write was done. */
  lose = 0
  /** The end of a path of which all answers are lost. */
  lost: string | undefined
  /** Called for each write. If it returns a reply, the write gets that reply and is not done. */
  refuse: ((path: string, body: Json) => Reply | undefined) | undefined
  member = true
  token_seconds = 900
  per_page = 100
  /** Up to which event the journal is no more replayed. */
  forgotten = 0
  readonly tasks = new Map<string, Row>()
  readonly journal: Event[] = []
  readonly comments: string[] = []
  /** The user ids of the members, in order. A board shows the first `per_page`. */
  readonly members: string[] = []
  readonly sockets: FakeSocket[] = []
  readonly tickets = new Set<string>()
  readonly requests: { method: string; path: string; key: string | null; user: string | null }[] = []
  readonly #answers = new Map<string, Reply>()
  #tokens = new Map<string, string>()
  #refresh = new Map<string, string>()
  /** The refresh token in the browser's cookie. */
  cookie: string | undefined
  refreshes = 0

  get seq(): number {
    return this.journal.length
  }

  readonly fetch: typeof fetch = async (input, init) => {
    const request = new Request(input as Request, init)
    await Promise.resolve()
    if (!this.online) throw new TypeError('fetch failed')
    const text = await request.text()
    const { pathname, searchParams } = new URL(request.url)
    const key = request.headers.get('Idempotency-Key')
    const user = this.#tokens.get((request.headers.get('Authorization') ?? '').slice(7)) ?? null
    this.requests.push({ method: request.method, path: pathname, key, user })
    const body = text ? JSON.parse(text) : {}
    const reply = this.#answer(request, pathname, searchParams, body, user, key)
    if (this.#held && pathname.endsWith(this.#held.path)) await this.#held.until
    if (this.lost && pathname.endsWith(this.lost)) throw new TypeError('fetch failed')
    if (reply.cookie) this.cookie = reply.cookie // a browser takes it when the answer comes in
    if (request.method !== 'GET' && key && this.lose > 0) {
      this.lose -= 1
      throw new TypeError('fetch failed')
    }
    const headers = {
      'Content-Type': 'application/json',
      ...(reply.seq !== undefined && { 'FlowTrack-Seq': `${reply.seq}` }),
    }
    return new Response(reply.body === undefined ? null : JSON.stringify(reply.body), { status: reply.status, headers })
  }

  readonly connect = (address: string): Socket => {
    const socket = new FakeSocket(this, address)
    this.sockets.push(socket)
    return socket
  }

  /** The sockets that are open. */
  get open(): FakeSocket[] {
    return this.sockets.filter(({ open }) => open)
  }

  expireTokens(): void {
    this.#tokens.clear()
  }

  #held: { path: string; until: Promise<void> } | undefined

  /** Answers to requests of this path (its end) are under way from now on; returns how to let them come in. */
  hold(path: string): () => void {
    let release = () => {}
    const until = new Promise<void>((resolve) => {
      release = resolve
    })
    this.#held = { path, until }
    return release
  }

  /** Whose session the browser's cookie holds. */
  personOfCookie = () => this.#refresh.get(this.cookie ?? '')

  endSessions(): void {
    this.#tokens.clear()
    this.#refresh.clear()
  }

  /** The board as the API answers it. */
  board() {
    const at = '2026-01-01T00:00:00.000Z'
    const columns = COLUMNS.map((key, i) => {
      const all = this.#column(key)
      const tasks = all.slice(0, this.per_page)
      const next_cursor = all.length > tasks.length ? `${tasks.length}` : null
      const common = {
        id: key,
        project_id: PROJECT,
        created_at: at,
        updated_at: at,
        seq: 1,
        pending: null,
        color: null,
      }
      return {
        ...common,
        key,
        name: key,
        category: 'todo',
        position: `${i}`,
        wip_limit: null,
        wip_mode: 'warn',
        task_count: all.length,
        tasks,
        next_cursor,
      }
    })
    const { items: members, next_cursor } = this.#membersFrom(0)
    const crowd = next_cursor && { member_count: this.members.length, members_next_cursor: next_cursor }
    return { epoch: EPOCH, seq: this.seq, project: { id: PROJECT }, columns, labels: [], members, ...crowd }
  }

  /** Somebody joins the project, leaves it or gets another role. */
  changeMember(action: 'member.added' | 'member.updated' | 'member.removed', user_id: string, role = 'viewer'): void {
    const { user: _, ...row } = memberOf(user_id)
    if (action === 'member.added') this.members.push(user_id)
    if (action === 'member.removed') this.members.splice(this.members.indexOf(user_id), 1)
    this.#journal('', action, 'member', row.id, {}, { ...row, role })
  }

  /** Somebody else's edit, or a new task of theirs. */
  theirs(op: Json): Row {
    const reply = this.#operate(op, crypto.randomUUID())
    if (reply.status >= 400) throw new Error(JSON.stringify(reply))
    return reply.body as Row
  }

  #membersFrom(from: number) {
    const to = from + this.per_page
    const items = this.members.slice(from, to).map(memberOf)
    return { items, next_cursor: to < this.members.length ? `${to}` : null }
  }

  #column = (key: string): Row[] =>
    [...this.tasks.values()]
      .filter((task) => task.status === key && !task.deleted_at)
      .sort((a, b) => Number(a.position) - Number(b.position) || (a.id < b.id ? -1 : 1))

  #answer(
    request: Request,
    path: string,
    query: URLSearchParams,
    body: Json,
    user: string | null,
    key: string | null,
  ): Reply {
    if (path.startsWith('/auth/') && path !== '/auth/ws-ticket') return this.#auth(path, body, user, request)
    if (!user) return problem(401, 'token_expired')
    if (path === '/users/me') return { status: 200, body: { id: user, name: user } }
    if (path === '/auth/ws-ticket') {
      const ticket = crypto.randomUUID()
      this.tickets.add(ticket)
      return { status: 201, body: { ticket, expires_in: 30 } }
    }
    if (!this.member) return problem(404, 'not_found')
    if (Number(query.get('per_column')) > 100) return problem(422, 'validation_failed')
    if (path.endsWith('/board')) return { status: 200, body: structuredClone(this.board()) }
    if (request.method === 'GET' && path === '/tasks') return this.#page(query)
    if (request.method === 'GET' && path.endsWith('/members'))
      return { status: 200, body: this.#membersFrom(Number(query.get('cursor'))) }
    const [, , , part, one = ''] = path.split('/')
    if (request.method === 'GET' && part === 'members')
      return this.members.includes(one) ? { status: 200, body: memberOf(one) } : problem(404, 'not_found')
    if (request.method === 'GET') return { status: 200, body: { id: PROJECT } }
    return this.#once(`${user} ${key}`, () => this.refuse?.(path, body) ?? this.#write(path, body, request))
  }

  #auth(path: string, body: Json, user: string | null, request: Request): Reply {
    const byCookie = request.headers.get('FlowTrack-Session') === 'cookie'
    let cookie: string | undefined
    const issue = (whose: string): Json => {
      const [access, refresh] = [crypto.randomUUID(), crypto.randomUUID()]
      this.#tokens.set(access, whose)
      this.#refresh.set(refresh, whose)
      cookie = byCookie ? refresh : undefined
      return { access, token_type: 'Bearer', expires_in: this.token_seconds, ...(!byCookie && { refresh }) }
    }
    if (path === '/auth/login')
      return { status: 200, body: { tokens: issue(String(body.email)), user: { id: body.email } }, cookie }
    if (path === '/auth/logout') {
      const whose = user ?? (byCookie ? this.personOfCookie() : undefined)
      if (!whose) return problem(401, 'refresh_invalid')
      for (const [token, owner] of this.#tokens) if (owner === whose) this.#tokens.delete(token)
      if (byCookie) this.cookie = undefined
      return { status: 204 }
    }
    this.refreshes += 1
    const given = String(byCookie ? this.cookie : body.refresh)
    const whose = this.#refresh.get(given)
    this.#refresh.delete(given) // each works once
    if (!whose) return problem(401, 'refresh_invalid')
    const tokens = issue(whose)
    return { status: 200, body: { tokens, ...(byCookie && { user: { id: whose, name: whose } }) }, cookie }
  }

  #once(key: string, write: () => Reply): Reply {
    const kept = this.#answers.get(key)
    if (kept) return kept
    const reply = write()
    if (reply.status < 400) this.#answers.set(key, structuredClone(reply))
    return reply
  }

  #page(query: URLSearchParams): Reply {
    const from = Number(query.get('cursor'))
    const all = this.#column(query.get('status') ?? '')
    const items = all.slice(from, from + this.per_page)
    const to = from + items.length
    return { status: 200, body: structuredClone({ items, next_cursor: to < all.length ? `${to}` : null }) }
  }

  #write(path: string, body: Json, request: Request): Reply {
    const id = path.split('/')[2] ?? ''
    const request_id = request.headers.get('X-Request-Id') ?? ''
    const done = (reply: Reply): Reply => (reply.status < 400 ? { ...reply, seq: this.seq } : reply)
    if (path === '/tasks') return done({ ...this.#operate({ op: 'create', ...body }, request_id), status: 201 })
    if (path.endsWith('/move')) return done(this.#operate({ op: 'move', id, ...body }, request_id))
    if (path.endsWith('/comments')) return done(this.#comment(id, String(body.body), request_id))
    const [operation] = body.operations as Json[]
    const reply = this.#operate(operation as Json, request_id)
    if (reply.status >= 400) return reply
    return done({ status: 200, body: { results: [{ status: 200, task: reply.body }] } })
  }

  #comment(id: string, body: string, request_id: string): Reply {
    const task = this.tasks.get(id)
    if (!task) return problem(404, 'not_found')
    this.comments.push(body)
    this.#journal(request_id, 'comment.created', 'comment', crypto.randomUUID(), {}, { body })
    this.#change(task, { comment_count: task.comment_count + 1 }, 'task.updated', request_id)
    return { status: 201, body: { id: crypto.randomUUID(), body } }
  }

  #operate(op: Json, request_id: string): Reply {
    if (op.op === 'create') return this.#create(op, request_id)
    const task = this.tasks.get(String(op.id))
    if (!task || task.deleted_at) return problem(422, 'task_not_found')
    if (op.op === 'delete')
      return this.#change(task, { deleted_at: new Date().toISOString() }, 'task.deleted', request_id)
    if (op.op === 'move') {
      const status = String(op.status ?? task.status)
      const position = this.#between(status, task.id, op.before, op.after)
      return this.#change(task, { status, position }, 'task.moved', request_id)
    }
    return this.#update(task, op, request_id)
  }

  #create(fields: Json, request_id: string): Reply {
    const status = String(fields.status ?? COLUMNS[0])
    const { op: _, ...given } = fields
    const task = {
      id: crypto.randomUUID(),
      project_id: PROJECT,
      number: `A-${this.tasks.size + 1}`,
      description: '',
      priority: 'none',
      assignee_ids: [],
      label_ids: [],
      parent_id: null,
      estimate: null,
      start_date: null,
      due_date: null,
      started_at: null,
      completed_at: null,
      comment_count: 0,
      checklist_done: 0,
      checklist_total: 0,
      created_by: null,
      deleted_at: null,
      archived_at: null,
      is_blocked: false,
      created_at: '',
      updated_at: '',
      ...given,
      status,
      position: this.#between(status),
      seq: 0,
    } as unknown as Row
    this.tasks.set(task.id, task)
    task.seq = this.seq + 1
    this.#journal(request_id, 'task.created', 'task', task.id, {}, task)
    return { status: 201, body: { ...task } }
  }

  #update(task: Row, op: Json, request_id: string): Reply {
    const { op: _, id: __, base_seq, add_assignee_ids = [], remove_assignee_ids = [], ...fields } = op
    const ids = [...new Set([...task.assignee_ids, ...(add_assignee_ids as string[])])]
    const assignee_ids = ids.filter((id) => !(remove_assignee_ids as string[]).includes(id))
    const conflicts: Json = {}
    for (const [field, yours] of Object.entries(fields)) {
      const since = this.journal.filter(
        (e) => e.entity_id === task.id && e.seq > Number(base_seq ?? this.seq) && field in e.changes,
      )
      if (since.length > 0 && yours !== task[field]) conflicts[field] = { yours, theirs: task[field] }
    }
    if (Object.keys(conflicts).length > 0) return problem(409, 'edit_conflict', { conflicts })
    const position =
      fields.status && fields.status !== task.status ? { position: this.#between(String(fields.status)) } : {}
    return this.#change(task, { ...fields, assignee_ids, ...position }, 'task.updated', request_id)
  }

  #between(status: string, moved = '', before?: unknown, after?: unknown): string {
    const others = this.#column(status).filter(({ id }) => id !== moved)
    const at = (i: number) => Number(others[i]?.position)
    const next = others.findIndex(({ id }) => id === after) + 1 || others.findIndex(({ id }) => id === before)
    if (others.length === 0) return '1024'
    if (next < 0 || next >= others.length) return `${at(others.length - 1) + 1024}`
    return next === 0 ? `${at(0) - 1024}` : `${(at(next - 1) + at(next)) / 2}`
  }

  #change(task: Row, fields: Json, action: string, request_id: string): Reply {
    const changed = Object.entries(fields).filter(
      ([field, value]) => JSON.stringify(task[field]) !== JSON.stringify(value),
    )
    if (changed.length > 0) {
      const changes = Object.fromEntries(changed.map(([field, value]) => [field, [task[field], value]]))
      Object.assign(task, fields, { seq: this.seq + 1 })
      this.#journal(request_id, action, 'task', task.id, changes, task)
    }
    return { status: 200, body: { ...task } }
  }

  #journal(
    request_id: string,
    action: string,
    entity: string,
    entity_id: string,
    changes: Event['changes'],
    data: Json,
  ): void {
    const event = {
      project_id: PROJECT,
      seq: this.seq + 1,
      user_id: null,
      action,
      entity,
      entity_id,
      task_id: null,
      changes,
      data: { ...data },
      request_id,
      created_at: '',
    }
    this.journal.push(structuredClone(event))
    for (const socket of this.open) socket.say({ type: 'event', ...structuredClone(event) })
  }
}
