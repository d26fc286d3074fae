import { v7 as uuid } from 'uuid'
import type { Dice } from '../faults.ts'
import { type Column, EMPTY_TASK, type NewTask, type Row, type Task } from './rows.ts'

/**
 * A journal as FlowTrack's triggers would have written it: each row has its time, its actor, what
 * changed, and the row after the change. `toLines` returns it as a file that FlowTrack imports.
 */
export class Chronicle {
  /** The current moment of the story, in milliseconds. */
  now: number
  readonly columns = new Map<string, Column>()
  readonly tasks = new Map<string, Task>()
  readonly project: Row
  readonly #rows: object[] = []
  readonly #bytes: (n: number) => Uint8Array
  #counter = 0

  constructor(at: number, dice: Dice, by: string, fields: object) {
    this.now = at
    this.#bytes = (n) => Uint8Array.from({ length: n }, () => Math.floor(dice() * 256))
    this.project = this.#add(by, 'project.created', {
      ...this.#newRow(),
      key: 'SHOP',
      status: 'active',
      created_by: by,
      ...fields,
    })
  }

  toLines(users: { id: string; email: string; name: string }[]): string {
    const header = { flowtrack: 1, seq: this.#rows.length, project: this.project, users }
    return [header, ...this.#rows].map((line) => `${JSON.stringify(line)}\n`).join('')
  }

  get #at(): string {
    return new Date(this.now).toISOString()
  }

  #newRow(): Row {
    return { id: uuid({ msecs: this.now, random: this.#bytes(16) }), created_at: this.#at, updated_at: this.#at }
  }

  #add<T extends Row>(by: string, action: string, row: T, changes: object = {}): T & { seq: number } {
    const entity = action.split('.')[0]
    const seq = this.#rows.length + 1
    const data = { ...row, updated_at: this.#at, seq }
    const project_id = this.project?.id ?? row.id
    const about = { entity, entity_id: row.id, task_id: entity === 'task' ? row.id : null }
    this.#rows.push({
      project_id,
      seq,
      user_id: by,
      action,
      ...about,
      changes,
      data,
      request_id: null,
      created_at: this.#at,
    })
    this.now += 40
    return data
  }

  #addChange<T extends Row>(by: string, action: string, row: T, fields: Partial<T>): T {
    const pairs = Object.entries(fields).filter(
      ([field, value]) => JSON.stringify(row[field]) !== JSON.stringify(value),
    )
    if (pairs.length === 0) return row
    const changes = Object.fromEntries(pairs.map(([field, value]) => [field, [row[field], value]]))
    return this.#add(by, action, { ...row, ...fields }, changes)
  }

  addMember(by: string, user_id: string, role: string): void {
    this.#add(by, 'member.added', { ...this.#newRow(), project_id: this.project.id, user_id, role })
  }

  addColumn(by: string, fields: object & { key: string; category: string }): void {
    const position = String((this.columns.size + 1) * 1024)
    this.columns.set(
      fields.key,
      this.#add(by, 'column.created', { ...this.#newRow(), project_id: this.project.id, ...fields, position }),
    )
  }

  changeColumn(by: string, key: string, fields: Partial<Column>): void {
    const column = this.columns.get(key)
    if (column) this.columns.set(key, this.#addChange(by, 'column.updated', column, fields))
  }

  /** The live tasks of a column, from the top. */
  tasksIn(key: string): Task[] {
    const here = [...this.tasks.values()].filter(({ status, deleted_at }) => status === key && deleted_at === null)
    return here.sort((a, b) => Number(a.position) - Number(b.position))
  }

  #bottomOf(key: string): string {
    return String(Math.trunc(Number(this.tasksIn(key).at(-1)?.position ?? 0)) + 1024)
  }

  /** A task's dates after it has entered the column `status`. */
  #datesIn(status: string, started_at: string | null) {
    const { category } = this.columns.get(status) ?? {}
    return {
      completed_at: category === 'done' || category === 'cancelled' ? this.#at : null,
      started_at: category === 'in_progress' ? (started_at ?? this.#at) : started_at,
    }
  }

  addTask(by: string, fields: NewTask): Task {
    this.#counter += 1
    const number = `${this.project.key}-${this.#counter}`
    const place = { number, position: this.#bottomOf(fields.status), ...this.#datesIn(fields.status, null) }
    const row = { ...this.#newRow(), project_id: this.project.id, ...EMPTY_TASK, created_by: by, ...fields, ...place }
    return this.#keep(this.#add(by, 'task.created', row))
  }

  edit(by: string, task: Task, fields: Partial<Task>): Task {
    return this.#keep(this.#addChange(by, 'task.updated', task, fields))
  }

  move(by: string, task: Task, status: string): Task {
    const dates = this.#datesIn(status, task.started_at)
    return this.#keep(this.#addChange(by, 'task.moved', task, { status, position: this.#bottomOf(status), ...dates }))
  }

  trash(by: string, task: Task): Task {
    return this.#keep(this.#addChange(by, 'task.deleted', task, { deleted_at: this.#at }))
  }

  restore(by: string, task: Task): Task {
    return this.#keep(this.#addChange(by, 'task.restored', task, { deleted_at: null }))
  }

  #keep(task: Task): Task {
    this.tasks.set(task.id, task)
    return task
  }
}
