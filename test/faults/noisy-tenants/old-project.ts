import { randomUUID as uuid } from 'node:crypto'
import type { Person } from '../support/people.ts'

const DAY = 86_400_000

type Fields = Record<string, unknown>

/** Makes a file to import, of a project with tasks that are 40 days old: so an attacker need not wait for them. */
export function makeOldProjectFile(owner: Person, others: Person[], count: number, task: Fields): string {
  const project_id = uuid()
  const at = new Date(Date.now() - 40 * DAY).toISOString()
  const stamps = { created_at: at, updated_at: at }
  const lines: string[] = []
  const add = (entity: string, action: string, fields: Fields) => {
    const seq = lines.length + 1
    const data = { ...stamps, id: uuid(), ...fields, seq }
    const task_id = entity === 'task' ? data.id : null
    const who = { project_id, user_id: owner.id, request_id: null, created_at: at }
    lines.push(JSON.stringify({ ...who, seq, action, entity, entity_id: data.id, task_id, changes: {}, data }))
  }
  const none = { start_date: null, due_date: null }
  const project = { id: project_id, key: 'NOISE', name: 'Noise', description: '', status: 'active', ...none }
  add('project', 'project.created', { ...project, created_by: owner.id })
  for (const { id } of [owner, ...others])
    add('member', 'member.added', { project_id, user_id: id, role: id === owner.id ? 'manager' : 'contributor' })
  const column = { category: 'todo', position: '1024', color: null, wip_limit: null, wip_mode: 'warn' }
  add('column', 'column.created', { project_id, key: 'todo', name: 'To do', ...column })
  for (let n = 1; n <= count; n++)
    add('task', 'task.created', {
      project_id,
      ...{ number: `NOISE-${n}`, title: 'Noise', description: '', status: 'todo', position: String(n * 1024) },
      ...{ priority: 'none', assignee_ids: [], parent_id: null, estimate: null, ...none },
      ...{ started_at: null, completed_at: null, created_by: owner.id, deleted_at: null, ...task },
    })
  const people = [owner, ...others].map(({ id, email }) => ({ id, email, name: 'Noise' }))
  const header = { flowtrack: 1, project: { ...project, created_by: owner.id, ...stamps, seq: 1 }, users: people }
  return `${[JSON.stringify(header), ...lines].join('\n')}\n`
}
