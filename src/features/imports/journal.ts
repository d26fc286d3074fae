import { createHash } from 'node:crypto'
import { compareTexts } from '../../lib/compare.ts'
import { isFinal } from '../columns/schema.ts'
import type { Plan, PlannedColumn, PlannedTask } from './plan/planned.ts'

/*
 * Writes a planned project as a journal, in the format of `POST /projects/import`. Events of tasks have the times that
 * the file gives. The project, its members, columns and labels have the time of the first task (of 2000-01-01 if there
 * is none), and a link that of its later task.
 */

export type Identity = {
  key: string
  name: string
  description: string
  importer: { id: string; email: string; name: string }
  /** The accounts of the file's people here. */
  people: { id: string; email: string; name: string }[]
}

type Row = Record<string, unknown>

/** A UUIDv7 for an id of the file: equal for equal arguments. Ids sort by `at`, then by `n`, which counts to 4095. */
function idFor(kind: string, id: string, at: string, n = 0): string {
  const digest = createHash('sha256').update(`${kind} ${id}`).digest('hex')
  const ms = Math.max(0, Date.parse(at)).toString(16).padStart(12, '0').slice(-12)
  const order = (n % 4096).toString(16).padStart(3, '0')
  return `${ms.slice(0, 8)}-${ms.slice(8)}-7${order}-8${digest.slice(0, 3)}-${digest.slice(3, 15)}`
}

/** The order of steps at the same instant. */
const PHASES = ['create', 'parent', 'checklists', 'link', 'move', 'comment', 'edit', 'archive', 'touch'] as const
type Step = {
  at: string
  phase: number
  n: number
  write: (at: string, last: boolean) => Iterable<string>
  task?: PlannedTask
}

const INVERSE_KINDS = { blocks: 'blocked_by', relates: 'relates', duplicates: 'duplicated_by' } as const

export class Journal {
  readonly #plan: Plan
  readonly #identity: Identity
  readonly #project: string
  readonly #tasks = new Map<string, { id: string; n: number; task: PlannedTask; row: Row }>()
  readonly #labels = new Map<string, string>()
  readonly #begin: string
  #seq = 0

  constructor(plan: Plan, who: Identity) {
    this.#plan = plan
    this.#identity = who
    this.#begin = plan.tasks[0]?.created_at ?? '2000-01-01T00:00:00.000Z'
    this.#project = idFor('project', who.key, this.#begin)
  }

  /** Yields the header line, and then one line for each event, without line ends. */
  *writeLines(): Generator<string> {
    const stamps = { created_at: this.#begin, updated_at: this.#begin, seq: 1 }
    const { key, name, description, importer, people } = this.#identity
    const dates = { start_date: null, due_date: null }
    const project = {
      id: this.#project,
      key,
      name,
      description,
      status: 'active',
      created_by: importer.id,
      ...dates,
      ...stamps,
    }
    const users = [importer, ...people.filter(({ id }) => id !== importer.id)]
    yield JSON.stringify({ flowtrack: 1, project, users })
    yield this.#writeLine('project.created', project, this.#begin, importer.id)
    for (const { id } of users) yield this.#writeMember(id, id === importer.id ? 'manager' : 'contributor')
    for (const [n, column] of this.#plan.columns.entries()) yield this.#writeColumn(column, n)
    for (const label of this.#plan.labels) yield this.#writeLabel(label)
    for (const [n, task] of this.#plan.tasks.entries())
      this.#tasks.set(task.card.id, { id: idFor('task', task.card.id, task.created_at, n), n, task, row: {} })
    const steps = this.#planSteps()
    const last = new Map<PlannedTask, Step>()
    for (const step of steps) if (step.task && step.phase !== PHASES.indexOf('touch')) last.set(step.task, step)
    for (const step of steps) yield* step.write(step.at, step.task !== undefined && last.get(step.task) === step)
  }

  #withStamps(data: Row, at: string): Row {
    return { ...data, project_id: this.#project, created_at: at, updated_at: at, seq: this.#seq + 1 }
  }

  #writeLine(action: string, data: Row, at: string, by: string | null, changes: Row = {}): string {
    this.#seq += 1
    const entity = action.split('.')[0]
    const task_id = entity === 'task' ? data.id : (data.task_id ?? null)
    const frame = {
      project_id: this.#project,
      seq: this.#seq,
      user_id: by ?? this.#identity.importer.id,
      action,
      entity,
      entity_id: data.id,
      task_id,
    }
    return JSON.stringify({ ...frame, changes, data, request_id: null, created_at: at, api_key: null })
  }

  #writeMember(user_id: string, role: string): string {
    const data = this.#withStamps({ id: idFor('member', user_id, this.#begin), user_id, role }, this.#begin)
    return this.#writeLine('member.added', data, this.#begin, null)
  }

  #writeColumn({ key, name, category, wip_limit, wip_mode }: PlannedColumn, n: number): string {
    const fields = {
      key,
      name,
      category,
      wip_limit,
      wip_mode,
      color: null,
      pending: null,
      position: String((n + 1) * 1024),
    }
    const data = this.#withStamps({ id: idFor('column', key, this.#begin, n), ...fields }, this.#begin)
    return this.#writeLine('column.created', data, this.#begin, null)
  }

  #writeLabel({ id, name, color }: Plan['labels'][number]): string {
    const own = idFor('label', id, this.#begin, this.#labels.size)
    this.#labels.set(id, own)
    return this.#writeLine('label.created', this.#withStamps({ id: own, name, color }, this.#begin), this.#begin, null)
  }

  /** All that happened after the project was made, in order of time. */
  #planSteps(): Step[] {
    const steps: Step[] = []
    const add = (phase: (typeof PHASES)[number], at: string, n: number, write: Step['write'], task?: PlannedTask) =>
      steps.push({ at, phase: PHASES.indexOf(phase), n, write, task })
    const blocked = this.#findBlocked()
    for (const { id, n, task } of this.#tasks.values()) {
      const parent = this.#tasks.get(task.parent ?? '')
      const isLater = parent !== undefined && parent.n > n
      add(
        'create',
        task.created_at,
        n,
        (at, last) => this.#writeCreation(task, at, last, isLater ? undefined : parent?.id, blocked.has(id)),
        task,
      )
      if (isLater)
        add(
          'parent',
          parent.task.created_at,
          parent.n,
          (at, last) => this.#writeChange(task, at, last, 'updated', { parent_id: parent.id }),
          task,
        )
      if (task.checklists.length > 0) add('checklists', task.created_at, n, (at) => this.#writeChecklists(task, at))
      for (const move of task.moves) add('move', move.at, n, (at, last) => this.#writeMove(task, move, at, last), task)
      for (const [k, comment] of task.comments.entries()) this.#addComment(add, task, comment, n, k)
      const archive = (when: string, archived_at: string | null) =>
        add('archive', when, n, (at, last) => this.#writeChange(task, at, last, 'updated', { archived_at }), task)
      for (const { archived, back } of task.returns) {
        archive(archived, archived)
        archive(back, null)
      }
      if (task.archived_at !== null) archive(task.archived_at, task.archived_at)
      add('touch', task.updated_at, n, (at) => this.#writeTouch(task, at), task)
    }
    for (const [n, link] of this.#plan.links.entries()) {
      const ends = [this.#tasks.get(link.from), this.#tasks.get(link.to)] as const
      const at = [ends[0]?.task.created_at ?? '', ends[1]?.task.created_at ?? ''].toSorted()[1] ?? ''
      add('link', at, n, (when) => this.#writeLink(link, n, when))
    }
    return steps.sort((a, b) => compareTexts(a.at, b.at) || a.phase - b.phase || a.n - b.n)
  }

  #addComment(
    add: (phase: 'comment' | 'edit', at: string, n: number, write: Step['write']) => void,
    task: PlannedTask,
    { id, at, edited_at, user_id, body }: PlannedTask['comments'][number],
    n: number,
    k: number,
  ): void {
    const task_id = this.#tasks.get(task.card.id)?.id
    const data: Row = {
      id: idFor('comment', id, at, k),
      project_id: this.#project,
      task_id,
      user_id,
      body,
      edited_at: null,
      created_at: at,
      updated_at: at,
    }
    const said = at > task.created_at ? at : task.created_at
    const journal = this
    add('comment', said, n, function* (when) {
      data.seq = journal.#seq + 1
      yield journal.#writeLine('comment.created', data, when, user_id)
    })
    if (edited_at === null || edited_at < said) return
    add('edit', edited_at, n, function* (when) {
      Object.assign(data, { edited_at, updated_at: edited_at, seq: journal.#seq + 1 })
      yield journal.#writeLine('comment.updated', data, when, user_id, { edited_at: [null, edited_at] })
    })
  }

  /** The ids of tasks that an open task blocks. */
  #findBlocked(): Set<string> {
    const blocked = this.#plan.links.filter(
      ({ kind, from }) => kind === 'blocks' && !this.#tasks.get(from)?.task.completed_at,
    )
    return new Set(blocked.flatMap(({ to }) => this.#tasks.get(to)?.id ?? []))
  }

  *#writeCreation(
    task: PlannedTask,
    at: string,
    last: boolean,
    parent_id: string | undefined,
    is_blocked: boolean,
  ): Generator<string> {
    const known = this.#tasks.get(task.card.id)
    if (!known) return
    const { title, description, first_status, position, assignee_ids, start_date, due_date, created_by, card } = task
    const items = task.checklists.flatMap((list) => list.items)
    const category = this.#categoryOf(first_status)
    const still = task.moves.length === 0
    Object.assign(known.row, {
      ...this.#withStamps({ id: known.id, number: `${this.#identity.key}-${task.number}` }, at),
      ...{ title, description, status: first_status, position, priority: card.priority ?? 'none', assignee_ids },
      label_ids: task.labels.flatMap((label) => this.#labels.get(label) ?? []),
      ...{ parent_id: parent_id ?? null, estimate: card.estimate ?? null, start_date, due_date },
      started_at: still ? task.started_at : category === 'in_progress' ? at : null,
      completed_at: isFinal(category) ? at : null,
      ...{
        comment_count: task.comments.length,
        checklist_done: items.filter(({ done }) => done).length,
        checklist_total: items.length,
      },
      ...{ created_by, deleted_at: null, archived_at: null, is_blocked },
    })
    if (last) known.row.updated_at = task.updated_at <= at ? task.updated_at : at
    yield this.#writeLine('task.created', known.row, at, created_by)
  }

  #categoryOf(key: unknown) {
    return this.#plan.columns.find((column) => column.key === key)?.category
  }

  *#writeChange(
    task: PlannedTask,
    at: string,
    last: boolean,
    verb: string,
    fields: Row,
    by: string | null = null,
  ): Generator<string> {
    const row = this.#tasks.get(task.card.id)?.row ?? {}
    const changed = Object.entries(fields).filter(([field, value]) => row[field] !== value)
    const changes = Object.fromEntries(changed.map(([field, value]) => [field, [row[field], value]]))
    Object.assign(row, fields, { updated_at: last && task.updated_at < at ? task.updated_at : at, seq: this.#seq + 1 })
    yield this.#writeLine(`task.${verb}`, row, at, by, changes)
  }

  #writeMove(task: PlannedTask, move: PlannedTask['moves'][number], at: string, last: boolean): Iterable<string> {
    const row = this.#tasks.get(task.card.id)?.row ?? {}
    const isLast = move === task.moves.at(-1)
    const [was, is] = [this.#categoryOf(row.status), this.#categoryOf(move.status)]
    const started_at = isLast ? task.started_at : (row.started_at ?? (is === 'in_progress' ? at : null))
    const completed_at = was === is ? row.completed_at : isFinal(is) ? at : null // as `tasks_rules`
    return this.#writeChange(task, at, last, 'moved', { status: move.status, started_at, completed_at }, move.by)
  }

  /** The file's `updated_at` is later than its last known change: an empty change keeps that time. */
  *#writeTouch(task: PlannedTask, at: string): Generator<string> {
    const row = this.#tasks.get(task.card.id)?.row ?? {}
    if (String(row.updated_at) < at) yield* this.#writeChange(task, at, false, 'updated', {})
  }

  *#writeChecklists(task: PlannedTask, at: string): Generator<string> {
    const task_id = this.#tasks.get(task.card.id)?.id
    for (const [n, { title, items }] of task.checklists.entries()) {
      const id = idFor('checklist', `${task.card.id}/${n}`, at, n)
      const list = this.#withStamps({ id, task_id, title, position: String((n + 1) * 1024) }, at)
      yield this.#writeLine('checklist.created', list, at, null)
      for (const [k, item] of items.entries()) {
        const own = {
          id: idFor('item', `${task.card.id}/${n}/${k}`, at, k),
          task_id,
          checklist_id: id,
          position: String((k + 1) * 1024),
        }
        yield this.#writeLine('checklist_item.created', this.#withStamps({ ...own, ...item }, at), at, null)
      }
    }
  }

  /** Yields the events of both sides of a link. */
  *#writeLink({ kind, from, to }: Plan['links'][number], n: number, at: string): Generator<string> {
    const [one, other] = [this.#tasks.get(from)?.id, this.#tasks.get(to)?.id]
    const sides = [
      { kind, task_id: one, other_task_id: other },
      { kind: INVERSE_KINDS[kind], task_id: other, other_task_id: one },
    ]
    for (const [side, fields] of sides.entries()) {
      const id = idFor('link', `${kind} ${from} ${to} ${side}`, at, n * 2 + side)
      yield this.#writeLine('link.created', this.#withStamps({ id, ...fields }, at), at, null)
    }
  }
}
