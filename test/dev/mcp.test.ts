import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { beforeAll, describe, expect, inject, it } from 'vitest'

const url = inject('devUrl')
let token: string
let key: string

async function api(method: string, path: string, body?: object) {
  const headers = { 'Content-Type': 'application/json', ...(token && { Authorization: `Bearer ${token}` }) }
  const response = await fetch(url + path, { method, headers, body: body && JSON.stringify(body) })
  return (await response.json()) as any
}

beforeAll(async () => {
  const email = `${crypto.randomUUID()}@example.com`
  token = (await api('POST', '/auth/register', { email, name: 'Ada', password: 'correct horse battery' })).tokens.access
  key = (await api('POST', '/users/me/keys', { name: 'Agent', scopes: ['read', 'write'] })).key
})

const ERAS = [
  { era: 'the protocol of 2025', mode: 'legacy', version: /^2025-/ },
  { era: 'the protocol of 2026', mode: { pin: '2026-07-28' }, version: /^2026-07-28$/ },
  { era: 'a protocol that they agree on', mode: 'auto', version: /^2026-07-28$/ },
] as const

async function connectAgent(mode: (typeof ERAS)[number]['mode'], bearer = key) {
  const client = new Client({ name: 'test', version: '1' }, { versionNegotiation: { mode } })
  const headers = { Authorization: `Bearer ${bearer}` }
  await client.connect(new StreamableHTTPClientTransport(new URL(`${url}/mcp`), { requestInit: { headers } }))
  return client
}

/**
 * An agent. `use` calls a tool, which must succeed, and notes its name in `called`; the client checks the output
 * schema.
 */
async function agentOf(mode: (typeof ERAS)[number]['mode']) {
  const client = await connectAgent(mode)
  const called = new Set<string>()
  const use = async (name: string, given: Record<string, unknown> = {}) => {
    called.add(name)
    const { isError, content, structuredContent } = await client.callTool({ name, arguments: given })
    if (isError) throw new Error(`${name}: ${JSON.stringify(content)}`)
    return structuredContent as any
  }
  return { client, called, use }
}

type Use = Awaited<ReturnType<typeof agentOf>>['use']

/** Creates, links, comments and moves cards of a project, with most of the tools. */
async function workOnProject(use: Use, project: string): Promise<void> {
  expect((await use('find_projects')).projects.map((at: any) => at.key)).toContain(project)
  const { seq } = await use('get_board', { project })
  const [me] = (await use('members', { project })).members
  const rocket = await use('create_task', { project, title: 'Build the rocket', description: 'Big', assignees: ['me'] })
  await use('update_task', { task: rocket.number, priority: 'high', base_seq: rocket.seq })
  const fuel = await use('create_task', { project, title: 'Buy fuel' })
  const link = await use('link_tasks', { task: fuel.number, kind: 'blocks', other: rocket.number })
  expect((await use('list_links', { task: rocket.number })).links[0]).toMatchObject({ kind: 'blocked_by' })
  await use('unlink_tasks', { link_id: link.id })
  const list = await use('add_checklist', { task: rocket.number, title: 'Steps' })
  const item = await use('add_checklist_item', { checklist_id: list.id, text: 'Draw it', assignee: 'me' })
  await use('set_checklist_item', { item_id: item.id, done: true })
  expect((await use('list_checklists', { task: rocket.number })).checklists[0].items).toHaveLength(1)
  await use('comment', { task: rocket.number, text: `@[Ada](user:${me.user_id}) drawn` })
  expect((await use('list_comments', { task: rocket.number })).comments).toMatchObject([{ by: 'Ada' }])
  await use('move_task', { task: rocket.number, status: 'in_progress' })
  expect(await use('get_task', { task: rocket.number })).toMatchObject({ status: 'in_progress', checklist: '1/1' })
  expect((await use('list_tasks', { project, status: ['todo'] })).tasks).toMatchObject([{ number: fuel.number }])
  expect((await use('search', { words: 'rocket', project })).hits[0].number).toBe(rocket.number)
  await use('watch_task', { task: fuel.number })
  await use('unwatch_task', { task: fuel.number })
  await use('my_notifications', { unread: false })
  const { results } = await use('bulk', { project, operations: [{ op: 'create', title: 'Land' }] })
  expect(results).toMatchObject([{ status: 201 }])
  const { events } = await use('activity_since', { project, since: seq, limit: 100 })
  expect(events[0]).toMatchObject({ action: 'task.created', number: rocket.number })
}

/** Claims and completes the cards of the column `todo`, until none is left. */
async function workOffQueue(use: Use, project: string): Promise<void> {
  const queue = { project, from: 'todo', to: 'in_progress', lease_seconds: 300 }
  const first = await use('claim_task', queue)
  await use('renew_claim', { task: first.task.number, token: first.token, lease_seconds: 600 })
  await use('release_claim', { task: first.task.number, token: first.token, comment: 'Somebody else may' })
  const done: string[] = []
  for (let got = await use('claim_task', queue); got.claimed; got = await use('claim_task', queue)) {
    await use('complete_claim', { task: got.task.number, token: got.token, status: 'done', comment: 'Done' })
    done.push(got.task.number)
  }
  expect(done).toHaveLength(2)
  expect((await use('list_tasks', { project, status: ['done'] })).tasks).toHaveLength(2)
}

describe.each(ERAS)('the official client, by $era', ({ mode, version }) => {
  it('lists and calls every tool', async () => {
    const { client, called, use } = await agentOf(mode)
    expect(client.getNegotiatedProtocolVersion()).toMatch(version)
    const { key: project } = await api('POST', '/projects', { name: 'Apollo' })
    await workOnProject(use, project)
    await workOffQueue(use, project)
    expect((await use('report', { project, report: 'summary' })).numbers.done).toBe(2)
    const { content } = await client.callTool({ name: 'report_picture', arguments: { project, report: 'burnup' } })
    called.add('report_picture')
    expect(content).toMatchObject([{ type: 'image', mimeType: 'image/svg+xml' }])
    const { tools } = await client.listTools()
    expect([...called].sort()).toEqual(tools.map(({ name }) => name).sort())
    await client.close()
  })

  it('reads resources, and gets errors that say what is wrong', async () => {
    const { client } = await agentOf(mode)
    const { key: project } = await api('POST', '/projects', { name: 'Gemini' })
    const { resources } = await client.listResources()
    expect(resources.map(({ uri }) => uri)).toContain(`flowtrack://project/${project}`)
    expect((await client.listResourceTemplates()).resourceTemplates).toHaveLength(2)
    const { contents } = await client.readResource({ uri: `flowtrack://project/${project}` })
    expect(contents).toMatchObject([{ mimeType: 'application/json' }])
    await expect(client.readResource({ uri: 'flowtrack://task/ZZZ-1' })).rejects.toThrow('Resource not found')
    await expect(client.callTool({ name: 'nothing', arguments: {} })).rejects.toThrow('There is no tool nothing')
    const refused = await client.callTool({ name: 'get_task', arguments: { task: 'ZZZ-1' } })
    expect(refused).toMatchObject({ isError: true, content: [{ text: expect.stringMatching(/^not_found: /) }] })
    await client.close()
    await expect(connectAgent(mode, 'ft_wrong')).rejects.toThrow()
  })
})
