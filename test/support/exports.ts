import { exports } from 'cloudflare:workers'
import { call, ORIGIN, type Person } from './api.ts'

/** Exports a project: its header and its journal rows, and the file's text. */
export async function exportProject(
  project_id: string,
  token: string,
): Promise<{ header: any; rows: any[]; text: string }> {
  const response = await exports.default.fetch(`${ORIGIN}/projects/${project_id}/export`, {
    headers: { Authorization: `Bearer ${token}` },
  })
  if (response.status !== 200) throw new Error(`The export was answered with ${response.status}`)
  const text = new TextDecoder().decode(await response.arrayBuffer())
  const [header, ...rows] = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  return { header, rows, text }
}

export const toNdjson = (lines: unknown[]) => lines.map((line) => `${JSON.stringify(line)}\n`).join('')

/** Imports a file. `query`: `?key=` and another project key, or nothing. */
export const upload = (body: string, { token }: Pick<Person, 'token'>, query = '', headers: object = {}) =>
  call('POST', `/projects/import${query}`, {
    token,
    body,
    headers: { 'Content-Type': 'application/x-ndjson', ...headers },
  })

export const freshKey = () => `K${crypto.randomUUID().replaceAll('-', '').slice(0, 9).toUpperCase()}`

/**
 * The lines of an export, with placeholders for what an import may change: `id-n` for the n-th id, `KEY` for the
 * project's key, `-` for request ids. So the exports of a project and of its import must be equal.
 */
export function withoutIds(text: string, key: string): unknown[] {
  const seen = new Map<string, string>()
  const plain = text
    .replaceAll(/"request_id": ?(null|"[^"]*")/g, '"request_id":"-"')
    .replaceAll(new RegExp(`"${key}(-\\d+)?"`, 'g'), '"KEY$1"')
    .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, (id) => {
      seen.set(id, seen.get(id) ?? `id-${seen.size + 1}`)
      return seen.get(id) as string
    })
  return plain
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
}

const EPOCH = '2024-03-01T09:00:00.000Z'

/** Builds the journal of an invented project, row by row. Each row gets the next seq, and no actor. */
export class JournalBuilder {
  readonly rows: any[] = []
  readonly project: any
  constructor(key: string, fields: object = {}) {
    this.project = {
      id: crypto.randomUUID(),
      key,
      name: 'Written',
      description: '',
      status: 'active',
      created_by: null,
    }
    Object.assign(
      this.project,
      { start_date: null, due_date: null, created_at: EPOCH, updated_at: EPOCH, seq: 1 },
      fields,
    )
    this.add('project.created', this.project)
  }

  add(action: string, data: any, changes: object = {}): any {
    const seq = this.rows.length + 1
    const entity = action.split('.')[0]
    const row = { ...data, seq: /removed|deleted$|purged/.test(action) && entity !== 'task' ? data.seq : seq }
    if (action === 'project.created') this.project.seq = seq
    this.rows.push({
      project_id: this.project.id,
      seq,
      user_id: null,
      action,
      entity,
      entity_id: row.id,
      task_id: entity === 'task' ? row.id : (row.task_id ?? null),
      changes,
      data: row,
      request_id: null,
      created_at: EPOCH,
    })
    return row
  }

  column(key: string, category: string, position = '1024'): any {
    const stamps = { created_at: EPOCH, updated_at: EPOCH }
    const column = { id: crypto.randomUUID(), project_id: this.project.id, key, name: key, category, position }
    return this.add('column.created', { ...column, color: null, wip_limit: null, wip_mode: 'warn', ...stamps })
  }

  label(name: string): any {
    const stamps = { created_at: EPOCH, updated_at: EPOCH }
    return this.add('label.created', {
      id: crypto.randomUUID(),
      project_id: this.project.id,
      name,
      color: null,
      ...stamps,
    })
  }

  member(user_id: string, role = 'editor'): any {
    const stamps = { created_at: EPOCH, updated_at: EPOCH }
    return this.add('member.added', { id: crypto.randomUUID(), project_id: this.project.id, user_id, role, ...stamps })
  }

  task(n: number, status: string, fields: object = {}): any {
    const stamps = { created_by: null, deleted_at: null, created_at: EPOCH, updated_at: EPOCH }
    const dates = { start_date: null, due_date: null, started_at: null, completed_at: null }
    const task = {
      id: crypto.randomUUID(),
      project_id: this.project.id,
      number: `${this.project.key}-${n}`,
      title: 'A task',
    }
    const rest = {
      description: '',
      status,
      position: `${n * 1024}`,
      priority: 'none',
      assignee_ids: [],
      parent_id: null,
    }
    return this.add('task.created', { ...task, ...rest, estimate: null, ...dates, ...stamps, ...fields })
  }

  /** One side of a link. `other`: the task on the other side, undefined if it is not in the file. */
  link(kind: string, task: any, other: any): any {
    const stamps = { created_at: EPOCH, updated_at: EPOCH }
    const ends = { task_id: task.id, kind, other_task_id: other?.id ?? null }
    return this.add('link.created', { id: crypto.randomUUID(), project_id: this.project.id, ...ends, ...stamps })
  }

  checklist(task: any, fields: object = {}): any {
    const stamps = { created_at: EPOCH, updated_at: EPOCH }
    const list = { id: crypto.randomUUID(), project_id: this.project.id, task_id: task.id, title: 'A list' }
    return this.add('checklist.created', { ...list, position: '1024', ...stamps, ...fields })
  }

  /** Adds an item, and the change of the task that counts it. Returns [item, task]. */
  item(list: any, task: any, fields: object = {}): any[] {
    const stamps = { created_at: EPOCH, updated_at: EPOCH }
    const of = { project_id: this.project.id, task_id: list.task_id, checklist_id: list.id }
    const rest = {
      text: 'An item',
      done: false,
      assignee_id: null,
      due_date: null,
      position: `${1024 * this.rows.length}`,
    }
    const item = this.add('checklist_item.created', { id: crypto.randomUUID(), ...of, ...rest, ...stamps, ...fields })
    return [item, this.change('task.updated', task, { checklist_total: (task.checklist_total ?? 0) + 1 })]
  }

  change(action: string, row: any, fields: any): any {
    const changes = Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, [row[name], value]]))
    return this.add(action, { ...row, ...fields }, changes)
  }

  lines(users: { id: string; email: string; name: string }[] = []): unknown[] {
    return [{ flowtrack: 1, project: this.project, users }, ...this.rows]
  }
}

/** Body and headers of a request that imports a CSV file with one task. */
export const csvFile = () => ({ body: 'title,status\nWrite,To do\n', headers: { 'Content-Type': 'text/csv' } })

/** The smallest file that can be imported: a project with one column, without people. */
export function smallFile(key = freshKey()): string {
  const builder = new JournalBuilder(key)
  builder.column('todo', 'todo')
  return toNdjson(builder.lines())
}
