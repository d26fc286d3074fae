import { call, newTask, ORIGIN } from './api.ts'
import type { Caller, Cast } from './callers.ts'
import { claimedBy, queueFor } from './queues.ts'

/** A JSON-RPC request, as clients of the protocol versions of 2025 send it. */
export const messageOf = (method: string, params: object = {}, id = 1) => ({ jsonrpc: '2.0', id, method, params })

/** A JSON-RPC request in protocol 2026-07-28: each names its client, and headers repeat its method and name. */
export const modernMessageOf = (method: string, params: Record<string, unknown> = {}) => ({
  body: messageOf(method, {
    ...params,
    _meta: {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1' },
      'io.modelcontextprotocol/clientCapabilities': {},
    },
  }),
  headers: {
    'MCP-Protocol-Version': '2026-07-28',
    'Mcp-Method': method,
    ...(typeof (params.name ?? params.uri) === 'string' && { 'Mcp-Name': String(params.name ?? params.uri) }),
  },
})

/** A message as a request to the Worker. */
export const requestWith = (body: object, token?: string, headers: Record<string, string> = {}) =>
  new Request(`${ORIGIN}/mcp`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...(token && { Authorization: `Bearer ${token}` }), ...headers },
    body: JSON.stringify(body),
  })

/**
 * Rows of a board that tools are called with. `project`, `checklist`, `item`: ids; `number`, `other`: numbers of tasks.
 */
export type Rows = { project: string; number: string; other: string; checklist: string; item: string }

const madeBy =
  ({ owner: { token } }: Cast) =>
  async (path: string, body: object) =>
    (await call('POST', path, { token, body })).body

export async function rowsOf(cast: Cast): Promise<Rows> {
  const [made, { token }, { id }] = [madeBy(cast), cast.owner, cast.board]
  const [one, other] = [await newTask(token, id), await newTask(token, id)]
  const checklist = await made(`/tasks/${one.id}/checklists`, { title: 'Steps' })
  const item = await made(`/checklists/${checklist.id}/items`, { text: 'A step' })
  return { project: id, number: one.number, other: other.number, checklist: checklist.id, item: item.id }
}

const freshTask = async ({ owner, board }: Cast) => (await newTask(owner.token, board.id)).number as string
const freshLink = async (cast: Cast, { number }: Rows) => {
  const { id } = (await call('GET', `/tasks/${await freshTask(cast)}`, { token: cast.owner.token })).body
  return (await madeBy(cast)(`/tasks/${number}/links`, { kind: 'relates', task_id: id })).id as string
}

type Arguments = (rows: Rows, cast: Cast, caller: Caller) => object | Promise<object>

/** For each tool, arguments with which it succeeds. */
export const TOOL_ARGUMENTS: Record<string, Arguments> = {
  find_projects: () => ({}),
  get_board: ({ project }) => ({ project }),
  members: ({ project }) => ({ project }),
  get_task: ({ number }) => ({ task: number }),
  list_tasks: ({ project }) => ({ project, status: ['todo'], include_done: false, overdue: false }),
  create_task: ({ project }) => ({ project, title: crypto.randomUUID(), priority: 'high' }),
  update_task: ({ number }) => ({ task: number, title: 'Another', clear: ['due_date', 'labels'] }),
  move_task: ({ number, other }) => ({ task: number, status: 'todo', after: other }),
  search: () => ({ words: 'task' }),
  activity_since: ({ project }) => ({ project, since: 0 }),
  my_notifications: () => ({}),
  list_comments: ({ number }) => ({ task: number }),
  comment: ({ number }) => ({ task: number, text: crypto.randomUUID() }),
  list_checklists: ({ number }) => ({ task: number }),
  add_checklist: ({ number }) => ({ task: number, title: crypto.randomUUID() }),
  add_checklist_item: ({ checklist }) => ({ checklist_id: checklist, text: crypto.randomUUID() }),
  set_checklist_item: ({ item }) => ({ item_id: item, done: true }),
  list_links: ({ number }) => ({ task: number }),
  link_tasks: async ({ number }, cast) => ({ task: number, kind: 'blocks', other: await freshTask(cast) }),
  unlink_tasks: async (rows, cast) => ({ link_id: await freshLink(cast, rows) }),
  watch_task: ({ number }) => ({ task: number }),
  unwatch_task: ({ number }) => ({ task: number }),
  claim_task: async (_, cast, caller) => ({ project: await queueFor(cast, caller), from: 'todo', to: 'in_progress' }),
  renew_claim: (_, cast, caller) => claimedBy(cast, caller),
  complete_claim: async (_, cast, caller) => ({
    ...(await claimedBy(cast, caller)),
    status: 'done',
    comment: 'Done',
  }),
  release_claim: (_, cast, caller) => claimedBy(cast, caller),
  bulk: ({ project, number }) => ({
    project,
    operations: [
      { op: 'create', title: crypto.randomUUID() },
      { op: 'move', task: number, status: 'done' },
    ],
  }),
  report: ({ project }) => ({ project, report: 'summary' }),
  report_picture: ({ project }) => ({ project, report: 'burndown' }),
}
