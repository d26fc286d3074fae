import { type Card, Cards } from './cards.ts'
import { COLUMNS, editOf, nextColumn, titleOf } from './habits.ts'
import type { Event, Inboxes } from './inboxes.ts'
import type { Random } from './random.ts'
import { rankText } from './ranks.ts'
import type { Row, Templates } from './templates.ts'

export type Plan = {
  key: string
  name: string
  /** Ids of the members; the first is the manager. */
  people: readonly [string, ...string[]]
  tasks: number
  events: number
  /** The instant at a share (0…1) of the project's life. */
  when: (share: number) => number
}

const iso = (at: number) => new Date(at).toISOString()
/** How long a task stays in the trash before somebody misses it, in ms. */
const TRASHED_FOR = 7 * 86_400_000

/**
 * The life of one project: a journal, and the rows that it leaves, as the triggers of the database
 * would have written them. `events` makes the journal; the rows are whole when it has ended.
 */
export class Story {
  readonly id: string
  readonly members: Row[] = []
  readonly columns: Row[] = []
  #project: Row = {}
  #seq = 0
  #made = 0
  #at: number
  readonly #cards: Cards
  readonly #plan: Plan
  readonly #templates: Templates
  readonly #random: Random
  readonly #inboxes: Inboxes

  constructor(plan: Plan, templates: Templates, random: Random, inboxes: Inboxes) {
    this.#plan = plan
    this.#templates = templates
    this.#random = random
    this.#inboxes = inboxes
    this.#at = plan.when(0)
    this.id = random.uuid(this.#at)
    this.#cards = new Cards(random)
  }

  get tasks(): Row[] {
    return this.#cards.all().map(({ task }) => ({ ...this.#templates.tasks.row, ...task }))
  }

  /** The row of `projects`, counters included. */
  get project(): Row {
    const counters = { event_seq: this.#seq, task_counter: this.#made, stream_epoch: this.id }
    return { ...this.#templates.projects.row, ...this.#project, ...counters }
  }

  *events(): Generator<Event> {
    const { events, when } = this.#plan
    yield* this.#opening()
    while (this.#seq < events) {
      this.#at = when(this.#seq / events)
      const event = this.#next(this.#seq / events)
      if (event) yield event
    }
  }

  *#opening(): Generator<Event> {
    const { key, name, people } = this.#plan
    const [manager, ...others] = people
    this.#project = { ...this.#templates.projects.data, ...this.#stamps(), id: this.id, key, name, created_by: manager }
    yield this.#event('project.created', this.#project, manager)
    yield this.#join(manager, 'manager')
    for (const [n, [column, title, category]] of COLUMNS.entries()) {
      const facts = { key: column, name: title, category, position: String((n + 1) * 1024) }
      const row = { ...this.#templates.board_columns.data, ...facts, ...this.#fresh() }
      this.columns.push(row)
      yield this.#event('column.created', row, manager)
    }
    for (const person of others) yield this.#join(person, this.#random.chance(0.5) ? 'editor' : 'contributor')
  }

  #join(user_id: string, role: string): Event {
    const [manager] = this.#plan.people
    const member = { ...this.#templates.project_members.data, user_id, role, ...this.#fresh() }
    this.members.push(member)
    const event = this.#event('member.added', member, manager)
    this.#inboxes.tell('project_invited', [user_id], event, { role, ...this.#facts() })
    return event
  }

  /** A new task while not all are there, an old one from the trash, or a change of any. Undefined: nothing came of it. */
  #next(share: number): Event | undefined {
    const missed = this.#cards.trash[0]
    if (this.#made < this.#plan.tasks * Math.min(1, share * 1.02)) return this.#create()
    return missed && this.#at - missed.at > TRASHED_FOR ? this.#restore(missed.card) : this.#change()
  }

  #create(): Event {
    const { key, people } = this.#plan
    const actor = this.#random.pick(people)
    const rank = this.#cards.bottom('todo')
    const assignee_ids = this.#random.chance(0.8) ? [this.#random.pick(people)] : []
    this.#made += 1
    const what = { number: `${key}-${this.#made}`, title: titleOf(this.#random), position: rankText(rank) }
    const facts = { status: 'todo', assignee_ids, created_by: actor }
    const task = { ...this.#templates.tasks.data, ...what, ...facts, ...this.#fresh() }
    this.#cards.column('todo').push({ rank, task })
    const event = this.#event('task.created', task, actor)
    this.#inboxes.tellOfTask({ ...task, assignee_ids: [] }, task, event, this.#facts())
    return event
  }

  /** Some card is edited, moved within its column, moved on, or thrown away. */
  #change(): Event | undefined {
    const [random, cards] = [this.#random, this.#cards]
    const card = cards.some(random.chance(0.9) ? ['todo', 'in_progress', 'review'] : ['done'])
    if (!card) return undefined
    const key = card.task.status
    if (random.chance(0.004)) return this.#throwAway(card)
    if (random.chance(0.6))
      return this.#apply(card, 'task.updated', editOf(random, card.task, this.#plan.people, this.#at))
    if (key === 'done' && random.chance(0.95)) return undefined // few come back
    const crowded = this.#made - cards.column('done').length > Math.max(8, this.#plan.tasks * 0.15)
    const status = random.chance(0.6) && key !== 'done' ? key : nextColumn(random, key, crowded)
    cards.take(card)
    cards.put(card, status)
    return this.#apply(card, 'task.moved', this.#moved(card, status))
  }

  #throwAway(card: Card): Event | undefined {
    this.#cards.take(card)
    this.#cards.trash.push({ card, at: this.#at })
    return this.#apply(card, 'task.deleted', { deleted_at: iso(this.#at) })
  }

  #restore(card: Card): Event | undefined {
    this.#cards.trash.shift()
    this.#cards.putBack(card)
    return this.#apply(card, 'task.restored', { deleted_at: null, position: rankText(card.rank) })
  }

  #moved({ task, rank }: Card, status: string): Row {
    const position = rankText(rank)
    if (status === task.status) return { position }
    const started = status === 'in_progress' ? { started_at: task.started_at ?? iso(this.#at) } : {}
    return { status, position, completed_at: status === 'done' ? iso(this.#at) : null, ...started }
  }

  #apply(card: Card, action: string, patch: Row): Event | undefined {
    const before = card.task
    const pairs = Object.entries(patch).filter(([field, value]) => before[field] !== value)
    if (pairs.length === 0) return undefined
    const [mine] = before.assignee_ids
    const actor = mine && this.#random.chance(0.85) ? mine : this.#random.pick(this.#plan.people)
    card.task = { ...before, ...patch, updated_at: iso(this.#at), seq: this.#seq + 1 }
    const changes = Object.fromEntries(pairs.map(([field, value]) => [field, [before[field], value]]))
    const event = this.#event(action, card.task, actor, changes)
    this.#inboxes.tellOfTask(before, card.task, event, this.#facts())
    return event
  }

  #event(action: string, data: Row, user_id: string, changes: Row = {}): Event {
    this.#seq += 1
    const [entity = ''] = action.split('.')
    const task_id = entity === 'task' ? String(data.id) : null
    const about = { project_id: this.id, seq: this.#seq, user_id, action, entity, entity_id: data.id, task_id }
    return { ...about, changes, data, request_id: null, created_at: iso(this.#at) }
  }

  #facts = () => ({ project_key: this.#plan.key, project_name: this.#plan.name })
  #stamps = () => ({ created_at: iso(this.#at), updated_at: iso(this.#at), seq: this.#seq + 1 })
  #fresh = () => ({ id: this.#random.uuid(this.#at), project_id: this.id, ...this.#stamps() })
}
