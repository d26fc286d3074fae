import { exports } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  call,
  database,
  newAdmin,
  newApiKey,
  newMember,
  newPerson,
  newProject,
  newTask,
  type Person,
  problem,
  readJournal,
} from '../support/api.ts'
import { messageOf, modernMessageOf, requestWith } from '../support/mcp.ts'
import { breakDatabase } from '../support/socket.ts'
import { newWorker } from '../support/worker.ts'

const newKey = () => `K${crypto.randomUUID().slice(0, 8).toUpperCase()}`

let owner: Person
let board: any
beforeAll(async () => {
  owner = await newPerson('Owner')
  board = await newProject(owner.token, { key: newKey() })
})

async function send(body: object, token = owner.token, headers: Record<string, string> = {}) {
  const response = await exports.default.fetch(requestWith(body, token, headers))
  const text = await response.text()
  return { status: response.status, headers: response.headers, body: text ? JSON.parse(text) : undefined }
}

/** Calls a tool, which must succeed. Returns its structured result. */
async function useTool(name: string, given: object, token?: string) {
  const { body } = await send(messageOf('tools/call', { name, arguments: given }), token)
  if (!body.result || body.result.isError) throw new Error(`${name} failed: ${JSON.stringify(body)}`)
  return body.result.structuredContent
}

/** Calls a tool, which must refuse. Returns the text of the refusal. */
async function refusalOf(name: string, given: object, token?: string): Promise<string> {
  const { body } = await send(messageOf('tools/call', { name, arguments: given }), token)
  expect(body.result).toMatchObject({ isError: true, content: [{ type: 'text' }] })
  return body.result.content[0].text
}

const toolsFor = async (token: string) =>
  (await send(messageOf('tools/list'), token)).body.result.tools.map(({ name }: { name: string }) => name)

describe('both versions of the protocol', () => {
  it('answers initialize of 2025 without a session', async () => {
    const hello = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'test', version: '1' } }
    const { status, headers, body } = await send(messageOf('initialize', hello))
    expect(status).toBe(200)
    expect(headers.get('Content-Type')).toMatch(/^application\/json/)
    expect(headers.has('Mcp-Session-Id')).toBe(false)
    expect(body.result).toMatchObject({ protocolVersion: '2025-06-18', serverInfo: { name: 'flowtrack' } })
    const { id: _, ...initialized } = messageOf('notifications/initialized')
    expect(await send(initialized)).toMatchObject({ status: 202, body: undefined })
  })

  it('answers 2026-07-28 without initialize, when headers and body agree', async () => {
    const { body, headers } = modernMessageOf('tools/call', { name: 'get_board', arguments: { project: board.key } })
    expect(await send(body, owner.token, headers)).toMatchObject({
      status: 200,
      body: { result: { structuredContent: { id: board.id } } },
    })
    const other = await send(body, owner.token, { ...headers, 'Mcp-Name': 'find_projects' })
    expect(other).toMatchObject({ status: 400, body: { error: { message: expect.any(String) } } })
  })

  it('refuses GET, DELETE and subscriptions/listen, as it has no stream and no session', async () => {
    for (const method of ['GET', 'DELETE']) {
      const answer = await call(method, '/mcp', { token: owner.token })
      expect(answer).toMatchObject(problem(405, 'method_not_allowed'))
      expect(answer.headers.get('Allow')).toBe('POST, OPTIONS')
    }
    const { body, headers } = modernMessageOf('subscriptions/listen', { notifications: { toolsListChanged: true } })
    const { status, body: refusal } = await send(body, owner.token, headers)
    expect([status, refusal.id, refusal.error?.code]).toEqual([404, body.id, -32601])
  })
})

describe('error handling', () => {
  it.each([
    ['an array of messages', [messageOf('tools/list'), messageOf('tools/list')]],
    ['a message without jsonrpc', { method: 'tools/list' }],
    ['a message without a method', { jsonrpc: '2.0', id: 1 }],
    ['parameters that are not an object', { ...messageOf('tools/list'), params: 3 }],
  ])('refuses %s', async (_, body) => {
    expect(await call('POST', '/mcp', { token: owner.token, body })).toMatchObject(problem(422, 'validation_failed'))
  })

  it('refuses a body that is not JSON or too long', async () => {
    expect(await call('POST', '/mcp', { token: owner.token, body: '{"jsonrpc":' })).toMatchObject(
      problem(400, 'body_malformed'),
    )
    const long = messageOf('tools/call', { name: 'comment', arguments: { text: 'x'.repeat(300_000) } })
    expect(await call('POST', '/mcp', { token: owner.token, body: long })).toMatchObject(problem(413, 'body_too_large'))
  })

  it('names an unknown tool, method or argument', async () => {
    const unknown = await send(messageOf('tools/call', { name: 'drop_table', arguments: {} }))
    expect(unknown.body.error).toEqual({ code: -32602, message: expect.stringContaining('drop_table') })
    expect((await send(messageOf('prompts/list'))).body.error.code).toBe(-32601)
    expect(await refusalOf('get_board', { project: board.key, colour: 'red' })).toMatch(
      /^validation_failed: .*\ncolour: /,
    )
    expect(await refusalOf('get_board', {})).toMatch(/^validation_failed: .*\nproject: /)
    expect(await refusalOf('get_task', { task: '; drop table tasks' })).toMatch(/^validation_failed: .*\ntask: /)
    expect(await refusalOf('create_task', { project: board.key, title: ' ' })).toMatch(
      /^validation_failed: .*\ntitle: /,
    )
    expect(await refusalOf('create_task', { project: board.key, title: 'x', due_date: 'soon' })).toMatch(/\ndue_date: /)
    expect(await refusalOf('list_tasks', { project: board.key, cursor: 'made up' })).toMatch(/\ncursor: /)
    expect(await refusalOf('constructor', {}).catch(() => 'unknown')).toBe('unknown')
  })

  const stranger = crypto.randomUUID()
  it.each<[string, (task: { number: string }) => object, RegExp]>([
    ['search', () => ({ words: '' }), /\nwords: /],
    ['list_tasks', () => ({ text: ' ' }), /\ntext: /],
    ['list_tasks', () => ({ label_ids: ['x'] }), /\nlabel_ids\.0: /],
    ['list_tasks', () => ({ assignees: ['x'] }), /\nassignees\.0: /],
    ['list_tasks', () => ({ sort: 'position' }), /\nsort: position needs project and exactly one status\n/],
    ['comment', ({ number }) => ({ task: number, text: ' ' }), /\ntext: must have a visible character\n/],
    ['link_tasks', ({ number }) => ({ task: number, kind: 'blocks', other: number }), /\nother: must be another task/],
    ['create_task', () => ({ project: board.key, title: 'x', assignees: [stranger] }), /\nassignees: /],
    ['update_task', ({ number }) => ({ task: number, add_assignees: [stranger] }), /\nadd_assignees: /],
    ['update_task', ({ number }) => ({ task: number, add_label_ids: ['x'] }), /\nadd_label_ids\.0: /],
    ['search', () => ({ words: 'x', q: 'y' }), /\nq: is not a known field\n/],
    ['search', () => ({ words: 'x', constructor: 'y' }), /\nconstructor: is not a known field\n/],
  ])('names the wrong field of %s as the tool names it', async (name, given, said) => {
    expect(await refusalOf(name, given(await newTask(owner.token, board.id)))).toMatch(said)
  })

  it.each<[string, object, RegExp]>([
    ['the task of a creation', { op: 'create', title: 'x', task: '' }, /\noperations\.0\.task: is not a known field\n/],
    [
      'assignees of an edit',
      { op: 'update', task: '', assignees: ['me'] },
      /\noperations\.0\.assignees: is not a known/,
    ],
    [
      'added assignees of a move',
      { op: 'move', task: '', add_assignees: ['me'] },
      /\noperations\.0\.add_assignees: is not a known/,
    ],
    ['an edit without a task', { op: 'update', title: 'x' }, /\noperations\.0\.task: /],
    [
      'an assignee who is not a member',
      { op: 'create', title: 'x', assignees: [stranger] },
      /\noperations\.0\.assignees: /,
    ],
  ])('refuses %s in bulk, and names the field as the tool names it', async (_, operation, said) => {
    const { number } = await newTask(owner.token, board.id, { assignee_ids: [owner.id] })
    const given = 'task' in operation ? { ...operation, task: number } : operation
    expect(await refusalOf('bulk', { project: board.key, operations: [given] })).toMatch(said)
    expect((await useTool('get_task', { task: number })).assignee_ids).toEqual([owner.id])
  })

  const missing = crypto.randomUUID()
  it.each([
    ['unlink_tasks', { link_id: missing }, 'Check link_id: the tool list_links '],
    ['add_checklist_item', { checklist_id: missing, text: 'A step' }, 'Check checklist_id: the tool list_checklists '],
    ['set_checklist_item', { item_id: missing, done: true }, 'Check item_id: the tool list_checklists '],
    ['get_task', { task: missing }, 'Check the number, key or id: find_projects and search '],
  ])('says which tool finds ids when %s is called with an unknown id', async (name, given, advice) => {
    const said = await refusalOf(name, given)
    expect(said).toMatch(/^not_found: /)
    expect(said).toContain(`\n${advice}`)
  })

  it('says to repeat a call with its key if the database gives no answer', async () => {
    const broken = breakDatabase('Without an answer')
    const given = { project: board.key, title: 'Without an answer' }
    const said = await refusalOf('create_task', given)
    broken.end()
    expect(said).toMatch(/^unavailable: .*\n.*repeat it with the same idempotency_key and arguments/)
    expect(said).not.toContain('Idempotency-Key')
  })

  it('accepts pages only from its own origin or from an allowed one', async () => {
    const ask = (origin: string) => send(messageOf('ping'), owner.token, { Origin: origin })
    expect(await ask('https://evil.example')).toMatchObject(problem(403, 'origin_forbidden'))
    expect(await ask('null')).toMatchObject(problem(403, 'origin_forbidden'))
    expect((await ask('https://flowtrack.test')).status).toBe(200)
    const worker = newWorker({ CORS_ORIGINS: 'https://app.example' })
    const headers = { Origin: 'https://app.example' }
    expect((await worker.call('POST', '/mcp', { token: owner.token, body: messageOf('ping'), headers })).status).toBe(
      200,
    )
  })
})

describe('the credential', () => {
  it('is required, with a reference to the resource metadata', async () => {
    const answer = await call('POST', '/mcp', { body: messageOf('tools/list') })
    expect(answer).toMatchObject(problem(401, 'token_missing'))
    const challenge = answer.headers.get('WWW-Authenticate')
    const address = /^Bearer realm="flowtrack", resource_metadata="([^"]+)"$/.exec(challenge ?? '')?.[1]
    expect(address).toBe('https://flowtrack.test/.well-known/oauth-protected-resource/mcp')
    for (const path of [new URL(address ?? '').pathname, '/.well-known/oauth-protected-resource']) {
      const { body } = await call('GET', path)
      expect(body).toMatchObject({ resource: 'https://flowtrack.test/mcp', bearer_methods_supported: ['header'] })
    }
  })

  it('is refused by HTTP after it has ended, for every method', async () => {
    const somebody = await newMember(owner, board.id, 'contributor')
    const { id, key } = await newApiKey(somebody)
    const asks = [
      messageOf('initialize', {
        protocolVersion: '2025-06-18',
        capabilities: {},
        clientInfo: { name: 't', version: '1' },
      }),
      messageOf('tools/list'),
      messageOf('ping'),
      messageOf('tools/call', { name: 'find_projects' }),
      messageOf('tools/call', { name: 'nothing' }),
      messageOf('tools/call', { name: 'get_task', arguments: { task: 1 } }),
      messageOf('resources/list'),
      messageOf('resources/read', { uri: `flowtrack://project/${board.key}` }),
      messageOf('resources/read', { uri: 'flowtrack://nothing' }),
    ]
    // One after another: this test runner counts requests that wait for the same `import()` as the first of them.
    const asked = async () => {
      const answers = []
      for (const body of asks) answers.push(await send(body, key))
      return answers
    }
    expect((await asked()).map(({ status }) => status)).toEqual(Array(9).fill(200))
    await call('DELETE', `/users/me/keys/${id}`, { token: somebody.token })
    for (const answer of await asked()) {
      expect(answer).toMatchObject(problem(401, 'key_invalid'))
      expect(answer.headers.get('WWW-Authenticate')).toContain('error="invalid_token", resource_metadata=')
    }
  })

  it('is refused when it has expired', async () => {
    const { key } = await newApiKey(owner, { expires_at: new Date(Date.now() + 60_000).toISOString() })
    expect((await send(messageOf('tools/list'), key)).status).toBe(200)
    await database()`update api_keys set expires_at = now() where user_id = ${owner.id} and expires_at is not null`
    expect(await send(messageOf('tools/list'), key)).toMatchObject(problem(401, 'key_invalid'))
    const { token } = await newPerson()
    await call('POST', '/auth/logout', { token })
    expect(await send(messageOf('tools/list'), token)).toMatchObject(problem(401, 'token_revoked'))
  })

  it('with only the scope read is offered only reading tools, and other tools name the missing scope', async () => {
    const { key } = await newApiKey(owner, { scopes: ['read'] })
    const [all, some] = [await toolsFor(owner.token), await toolsFor(key)]
    expect(some).toContain('get_board')
    expect(all.filter((name: string) => !some.includes(name))).toEqual(
      expect.arrayContaining(['create_task', 'bulk', 'comment', 'watch_task']),
    )
    for (const name of ['create_task', 'move_task', 'comment', 'bulk']) expect(some).not.toContain(name)
    const said = await refusalOf('create_task', { project: board.id, title: 'No' }, key)
    expect(said).toMatch(/^scope_missing: /)
    expect(said).toContain('scope: "write"')
  })

  it('that is bound to some projects does not find other projects', async () => {
    const mine = await newProject(owner.token, { key: newKey() })
    const { key } = await newApiKey(owner, { project_ids: [mine.id] })
    expect((await useTool('find_projects', {}, key)).projects.map(({ id }: any) => id)).toEqual([mine.id])
    expect(await refusalOf('get_board', { project: board.key }, key)).toMatch(/^not_found: /)
    expect(await refusalOf('create_task', { project: board.id, title: 'No' }, key)).toMatch(/^not_found: /)
    expect(await refusalOf('my_notifications', {}, key)).toMatch(/^scope_missing: /)
  })

  it('gets the reason when its role does not allow a call, and not_found after its owner has left', async () => {
    const viewer = await newMember(owner, board.id, 'viewer')
    const { key } = await newApiKey(viewer)
    const said = await refusalOf('create_task', { project: board.key, title: 'No' }, key)
    expect(said).toMatch(/^forbidden: .*\nAsk a manager/)
    expect(said).toContain('required: "contributor"')
    await useTool('get_board', { project: board.key }, key)
    await call('DELETE', `/projects/${board.id}/members/${viewer.id}`, { token: owner.token })
    expect(await refusalOf('get_board', { project: board.key }, key)).toMatch(/^not_found: /)
  })
})

describe('tools', () => {
  it('find a project by its key, also after the key was given to another project', async () => {
    const key = newKey()
    const first = await newProject(owner.token, { key })
    expect((await useTool('get_board', { project: key.toLowerCase() })).id).toBe(first.id)
    await call('DELETE', `/projects/${first.id}`, { token: owner.token })
    expect(await refusalOf('get_board', { project: key })).toMatch(/^not_found: /)
    const second = await newProject(owner.token, { key })
    expect((await useTool('get_board', { project: key })).id).toBe(second.id)
  })

  it('look up the id of a project once, and not after a list has shown it', async () => {
    const trips = async (token: string, name: string, given: object) => {
      const { headers, body } = await send(messageOf('tools/call', { name, arguments: given }), token)
      expect(body.result.isError).toBeUndefined()
      return Number(/db;dur=\d+;desc="(\d+)"/.exec(headers.get('Server-Timing') ?? '')?.[1])
    }
    const [one, other] = [await newApiKey(owner), await newApiKey(owner)]
    const create = () => ({ project: board.key, title: crypto.randomUUID() })
    expect(await trips(one.key, 'create_task', create())).toBe(2)
    expect(await trips(one.key, 'create_task', create())).toBe(1)
    await trips(other.key, 'find_projects', {})
    expect(await trips(other.key, 'create_task', create())).toBe(1)
  })

  it('place and link tasks by their numbers', async () => {
    const [one, two, three] = [
      await newTask(owner.token, board.id),
      await newTask(owner.token, board.id),
      await newTask(owner.token, board.id),
    ]
    await useTool('move_task', { task: three.number, status: 'review', before: one.number })
    await useTool('move_task', { task: two.number.toLowerCase(), status: 'review' })
    await useTool('move_task', { task: one.id, status: 'review', before: two.number })
    const { columns } = await useTool('get_board', { project: board.key })
    const review = columns.find(({ key }: any) => key === 'review')
    expect(review.tasks.map(({ number }: any) => number)).toEqual([three.number, one.number, two.number])
    expect(await refusalOf('move_task', { task: one.number, after: `${board.key}-999999` })).toMatch(
      /^task_not_found: /,
    )
    await useTool('link_tasks', { task: one.number, kind: 'blocks', other: two.number })
    expect(await refusalOf('link_tasks', { task: two.number, kind: 'blocks', other: one.number })).toMatch(
      /^link_circle: /,
    )
    expect(await refusalOf('link_tasks', { task: one.number, kind: 'blocks', other: `${board.key}-999999` })).toMatch(
      /^task_not_found: /,
    )
    expect((await useTool('get_task', { task: two.number })).is_blocked).toBe(true)
  })
})

describe('repeated calls', () => {
  it('create one task, and are marked as repeats', async () => {
    const given = { project: board.key, title: 'Once', assignees: ['me'] }
    const first = await useTool('create_task', given)
    const again = await useTool('create_task', given)
    expect(again).toEqual({ ...first, replayed: true })
    const other = await useTool('create_task', { ...given, idempotency_key: 'another' })
    expect(other.number).not.toBe(first.number)
    const somebody = await newMember(owner, board.id, 'contributor')
    expect((await useTool('create_task', given, (await newApiKey(somebody)).key)).replayed).toBeUndefined()
  })

  it('are refused when a key of the caller was used for another call', async () => {
    const given = { project: board.key, title: 'Keyed', idempotency_key: crypto.randomUUID() }
    await useTool('create_task', given)
    expect((await useTool('create_task', given)).replayed).toBe(true)
    expect(await refusalOf('create_task', { ...given, title: 'Other' })).toMatch(/^idempotency_key_reused: /)
    const { number } = await newTask(owner.token, board.id)
    expect(await refusalOf('comment', { task: number, text: 'x', idempotency_key: given.idempotency_key })).toMatch(
      /^idempotency_key_reused: /,
    )
  })

  it('are new calls when another project has the key of a deleted one', async () => {
    const [boss, key] = [await newAdmin(), newKey()]
    for (const person of [owner, boss]) {
      const given = { project: key, title: 'Set up' }
      const { id } = await newProject(person.token, { key })
      const first = await useTool('create_task', given, person.token)
      await call('DELETE', `/projects/${id}`, { token: person.token })
      const next = await newProject(person.token, { key })
      const second = await useTool('create_task', given, person.token)
      expect(second).not.toHaveProperty('replayed')
      expect(second.id).not.toBe(first.id)
      expect(await useTool('create_task', given, person.token)).toEqual({ ...second, replayed: true })
      expect(await useTool('create_task', { ...given, project: next.id }, person.token)).toMatchObject({
        replayed: true,
      })
      await call('DELETE', `/projects/${next.id}`, { token: person.token })
    }
  })

  it('are not recognised by the header Idempotency-Key, so that the same move is made again', async () => {
    const { number } = await newTask(owner.token, board.id)
    const headers = { 'Idempotency-Key': crypto.randomUUID() }
    const move = (status: string) => messageOf('tools/call', { name: 'move_task', arguments: { task: number, status } })
    for (const status of ['done', 'todo', 'done']) {
      const { body } = await send(move(status), owner.token, headers)
      expect(body.result.structuredContent).toMatchObject({ status })
    }
    const moves = (await readJournal(owner.token, board.id, 0)).filter(({ action }: any) => action === 'task.moved')
    expect(moves.length).toBeGreaterThanOrEqual(3)
  })

  it('of a claim without a free card are marked as repeats, too', async () => {
    const { id: project } = await newProject(owner.token)
    const given = { project, from: 'todo', idempotency_key: crypto.randomUUID() }
    expect(await useTool('claim_task', given)).toEqual({ claimed: false })
    expect(await useTool('claim_task', given)).toEqual({ claimed: false, replayed: true })
  })

  it('get the warnings of the first answer', async () => {
    const { id: project } = await newProject(owner.token)
    const column = { key: 'narrow', name: 'Narrow', category: 'in_progress', wip_limit: 1, wip_mode: 'warn' }
    await call('POST', `/projects/${project}/columns`, { token: owner.token, body: column })
    await newTask(owner.token, project, { status: 'narrow' })
    const given = { project, status: 'narrow', title: 'One too many', idempotency_key: crypto.randomUUID() }
    const first = await useTool('create_task', given)
    expect(first.warnings).toMatchObject([{ code: 'wip_limit_exceeded' }])
    expect(await useTool('create_task', given)).toEqual({ ...first, replayed: true })
  })

  it('run a bulk once with a key of the caller', async () => {
    const operations = [{ op: 'create', title: 'Bulk' }]
    const given = { project: board.key, operations, idempotency_key: crypto.randomUUID() }
    const first = await useTool('bulk', given)
    expect(await useTool('bulk', given)).toEqual({ ...first, replayed: true })
    const mixed = [...operations, { op: 'move', task: `${board.key}-1`, status: 'nowhere' }]
    expect(await refusalOf('bulk', { project: board.key, operations: mixed })).toMatch(
      /^column_not_found: .*\noperations\.1/,
    )
    const { results } = await useTool('bulk', { project: board.key, operations: mixed, partial: true })
    expect(results).toMatchObject([
      { status: 201 },
      { status: 422, problem: expect.stringMatching(/^column_not_found: .*\noperations\.1.*\n.*get_board lists them/) },
    ])
  })
})

describe('input and output', () => {
  it('cuts a long description, says so, and continues at the requested offset', async () => {
    const description = 'word '.repeat(3_000).trim()
    const { number } = await newTask(owner.token, board.id, { description })
    const first = await useTool('get_task', { task: number })
    expect(first).toMatchObject({ description: description.slice(0, 8_000), description_length: description.length })
    const rest = await useTool('get_task', { task: number, description_offset: 8_000 })
    expect(first.description + rest.description).toBe(description)
  })

  it('never cuts within a character, whichever offset continues the text', async () => {
    const description = `${'x'.repeat(7_999)}🐘 walks on`
    const { number } = await newTask(owner.token, board.id, { description })
    const first = await useTool('get_task', { task: number })
    for (const description_offset of [8_000, first.description.length]) {
      const rest = await useTool('get_task', { task: number, description_offset })
      expect(first.description + rest.description).toBe(description)
    }
    await useTool('comment', { task: number, text: `${'x'.repeat(99)}🐘 walks` })
    const { comments } = await useTool('list_comments', { task: number, max_chars: 100 })
    expect(comments).toMatchObject([{ text: 'x'.repeat(99), length: 107 }])
    const { seq } = await useTool('get_board', { project: board.key })
    await useTool('update_task', { task: number, description: `${'x'.repeat(199)}🐘` })
    const { events } = await useTool('activity_since', { project: board.key, since: seq })
    expect(events[0].changes.description[1]).toBe(`${'x'.repeat(199)}… (201 characters)`)
  })

  it('edits the named fields, merges edits, and clears fields', async () => {
    const { number, seq } = await newTask(owner.token, board.id, { description: 'Text', due_date: '2026-12-24' })
    await useTool('update_task', { task: number, priority: 'high', add_assignees: ['me'], base_seq: seq })
    const said = await refusalOf('update_task', { task: number, priority: 'low', base_seq: seq })
    expect(said).toMatch(/^edit_conflict: /)
    expect(said).toContain('"priority"')
    const after = await useTool('update_task', { task: number, clear: ['due_date', 'assignees', 'description'] })
    expect(after).toMatchObject({ priority: 'high' })
    for (const field of ['due_date', 'assignee_ids']) expect(after).not.toHaveProperty(field)
    expect(await useTool('get_task', { task: number })).not.toHaveProperty('description')
  })

  it.each([{ estimate: 8 }, { description: 'New' }, { due_date: '2026-12-24' }])(
    'refuses to clear a field that the same call sets: %o',
    async (value) => {
      const { number } = await newTask(owner.token, board.id, { estimate: 3 })
      const [name] = Object.keys(value)
      expect(await refusalOf('update_task', { task: number, clear: [name], ...value })).toContain(
        `\nclear: empties what ${name} changes: send one of them\n`,
      )
      expect(await useTool('get_task', { task: number })).toMatchObject({ estimate: 3 })
    },
  )

  it('clears the assignee and the due date of a checklist item', async () => {
    const { number } = await newTask(owner.token, board.id)
    const { id: checklist_id } = await useTool('add_checklist', { task: number, title: 'Steps' })
    const fields = { text: 'A step', assignee: 'me', due_date: '2026-12-24' }
    const { id: item_id } = await useTool('add_checklist_item', { checklist_id, ...fields })
    const shown = { id: item_id, text: 'A step', done: false }
    const set = (given: object) => useTool('set_checklist_item', { item_id, ...given })
    expect(await set({ clear: ['due_date'] })).toEqual({ ...shown, assignee_id: owner.id })
    expect(await set({ clear: ['assignee'], due_date: '2026-12-25' })).toEqual({ ...shown, due_date: '2026-12-25' })
    expect(await refusalOf('set_checklist_item', { item_id, clear: ['assignee'], assignee: 'me' })).toContain(
      '\nclear: empties what assignee changes: send one of them\n',
    )
  })

  it('clears fields of tasks in bulk, in edits only', async () => {
    const fields = { description: 'Text', due_date: '2026-12-24', estimate: 3, assignee_ids: [owner.id] }
    const { number } = await newTask(owner.token, board.id, fields)
    const edit = { op: 'update', task: number, priority: 'low', clear: ['description', 'due_date', 'assignees'] }
    await useTool('bulk', { project: board.key, operations: [edit] })
    const after = await useTool('get_task', { task: number })
    expect(after).toMatchObject({ priority: 'low', estimate: 3 })
    for (const field of ['description', 'due_date', 'assignee_ids']) expect(after).not.toHaveProperty(field)
    const refused = async (operation: object) =>
      refusalOf('bulk', { project: board.key, operations: [edit, { task: number, clear: ['labels'], ...operation }] })
    expect(await refused({ op: 'move' })).toContain('\noperations.1.clear: is not a known field\n')
    expect(await refused({ op: 'update', label_ids: [crypto.randomUUID()] })).toContain(
      '\noperations.1.clear: empties what label_ids changes: send one of them\n',
    )
  })

  it('refuses contradictory changes of a list, with the names of the tool’s own fields', async () => {
    const { number } = await newTask(owner.token, board.id)
    const edit = (given: object) => refusalOf('update_task', { task: number, ...given })
    expect(await edit({ clear: ['assignees'], add_assignees: ['me'] })).toContain(
      '\nclear: empties what add_assignees changes: send one of them\n',
    )
    const id = crypto.randomUUID()
    expect(await edit({ clear: ['labels'], remove_label_ids: [id] })).toContain(
      '\nclear: empties what remove_label_ids changes: send one of them\n',
    )
    for (const me of ['me', owner.id])
      expect(await edit({ add_assignees: ['me'], remove_assignees: [me] })).toContain(
        '\nadd_assignees: has me, which remove_assignees has too: name it in only one of them\n',
      )
  })

  it('reads the activity from one seq to the next', async () => {
    const { seq } = await useTool('get_board', { project: board.key })
    const { number } = await useTool('create_task', { project: board.key, title: 'For the activity' })
    await useTool('comment', { task: number, text: 'x'.repeat(1_000) })
    const first = await useTool('activity_since', { project: board.key, since: seq, limit: 1 })
    expect(first).toMatchObject({ events: [{ action: 'task.created', number }], more: true })
    const second = await useTool('activity_since', { project: board.key, since: first.seq })
    expect(second).toMatchObject({
      events: [
        { action: 'comment.created', user_id: owner.id },
        { action: 'task.updated', number },
      ],
      more: false,
    })
    expect(await useTool('activity_since', { project: board.key, since: second.seq })).toEqual({
      events: [],
      seq: second.seq,
      more: false,
    })
    expect(await refusalOf('activity_since', { project: board.key, since: second.seq + 1 })).toContain(
      `\nsince: is ahead of the project, which is at ${second.seq}: read the board again, and use its seq\n`,
    )
  })

  it('reads boards and tasks as resources', async () => {
    const read = async (uri: string) => (await send(messageOf('resources/read', { uri }))).body
    const { number } = await newTask(owner.token, board.id, { title: 'As a resource' })
    const { contents } = (await read(`flowtrack://task/${number}`)).result
    expect(JSON.parse(contents[0].text)).toMatchObject({ number, title: 'As a resource' })
    const shown = (await read(`flowtrack://project/${board.key}`)).result
    expect(JSON.parse(shown.contents[0].text)).toMatchObject({ id: board.id })
    for (const uri of ['flowtrack://task/ZZZZ-1', 'flowtrack://nothing', 'file:///etc/passwd'])
      expect((await read(uri)).error).toMatchObject({ code: -32602, data: { uri } })
    const { resources } = (await send(messageOf('resources/list'))).body.result
    expect(resources).toContainEqual(expect.objectContaining({ uri: `flowtrack://project/${board.key}` }))
  })

  it('journals a call of an agent under its owner, with the id of the request', async () => {
    const { key } = await newApiKey(owner, { name: 'Robot' })
    const { seq } = await useTool('get_board', { project: board.key })
    const request = messageOf('tools/call', {
      name: 'create_task',
      arguments: { project: board.key, title: 'By a robot' },
    })
    const { headers } = await send(request, key)
    const [event] = await readJournal(owner.token, board.id, seq)
    expect(event).toMatchObject({ user_id: owner.id, request_id: headers.get('X-Request-Id') })
  })
})

it('counts each call against the caller’s requests', async () => {
  const worker = newWorker({ LIMIT_USER: '3/3600' })
  const somebody = await newPerson()
  const ask = () =>
    worker.call('POST', '/mcp', { token: somebody.token, body: messageOf('tools/call', { name: 'find_projects' }) })
  const answers = [await ask(), await ask(), await ask(), await ask(), await ask()]
  expect(answers.map(({ status }) => status)).toContain(429)
  expect(answers.at(-1)).toMatchObject(problem(429, 'too_many_requests'))
})
