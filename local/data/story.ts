import { type Card, Cards } from './cards.ts'
import { Chronicle, toIso } from './chronicle.ts'
import { editOf, pickNextColumn, titleOf } from './habits.ts'
import type { Event, Inboxes } from './inboxes.ts'
import { type OpeningRows, openProject, type Plan, type Setting } from './opening.ts'
import type { Random } from './random.ts'
import { rankText } from './ranks.ts'
import type { Row, Templates } from './templates.ts'

/** How long a task stays in the trash before somebody restores it, in ms. */
const TRASHED_FOR = 7 * 86_400_000

/**
 * The history of one project: its journal and its rows, as the triggers of the database would have
 * written them. `events` makes the journal; the rows are complete only when it has been read to its end.
 */
export class Story {
  readonly #opening: OpeningRows = { project: {}, members: [], columns: [] }
  #made = 0
  readonly #setting: Setting
  readonly #chronicle: Chronicle
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
    this.#chronicle = new Chronicle(random, plan.when(0))
    this.#cards = new Cards(random)
    this.#setting = { plan, templates, random, inboxes, chronicle: this.#chronicle }
  }

  get members(): Row[] {
    return this.#opening.members
  }

  get columns(): Row[] {
    return this.#opening.columns
  }

  get id(): string {
    return this.#chronicle.project_id
  }

  get tasks(): Row[] {
    return this.#cards.allCards().map(({ task }) => ({ ...this.#templates.tasks.row, ...task }))
  }

  /** The row of `projects`, counters included. */
  get project(): Row {
    const counters = {
      event_seq: this.#chronicle.seq,
      task_counter: this.#made,
      task_count: this.#made,
      stream_epoch: this.id,
    }
    return { ...this.#templates.projects.row, ...this.#opening.project, ...counters }
  }

  *events(): Generator<Event> {
    const { events, when } = this.#plan
    yield* openProject(this.#setting, this.#opening)
    while (this.#chronicle.seq < events) {
      this.#chronicle.at = when(this.#chronicle.seq / events)
      const event = this.#nextEvent(this.#chronicle.seq / events)
      if (event) yield event
    }
  }

  /** Creates, restores or changes a task. Returns undefined when the change that was drawn would change nothing. */
  #nextEvent(share: number): Event | undefined {
    const missed = this.#cards.trash[0]
    if (this.#made < this.#plan.tasks * Math.min(1, share * 1.02)) return this.#createTask()
    const isDue = missed && (this.#chronicle.at - missed.at > TRASHED_FOR || this.#cards.trash.length === this.#made)
    return isDue ? this.#restoreCard(missed.card) : this.#changeCard()
  }

  #createTask(): Event {
    const { key, people } = this.#plan
    const actor = this.#random.pick(people)
    const rank = this.#cards.bottomRankOf('todo')
    const assignee_ids = this.#random.chance(0.8) ? [this.#random.pick(people)] : []
    this.#made += 1
    const what = { number: `${key}-${this.#made}`, title: titleOf(this.#random), position: rankText(rank) }
    const facts = { status: 'todo', assignee_ids, created_by: actor }
    const task = { ...this.#templates.tasks.data, ...what, ...facts, ...this.#chronicle.newFields() }
    this.#cards.columnOf('todo').push({ rank, task })
    const event = this.#chronicle.write('task.created', task, actor)
    this.#inboxes.notifyOfTask({ ...task, assignee_ids: [] }, task, event, this.#projectFacts())
    return event
  }

  /** Edits a random card, moves it within its column or to another, or puts it into the trash. */
  #changeCard(): Event | undefined {
    const [random, cards] = [this.#random, this.#cards]
    const card = cards.pickCard(random.chance(0.9) ? ['todo', 'in_progress', 'review'] : ['done'])
    if (!card) return undefined
    const key = card.task.status
    if (random.chance(0.004)) return this.#throwAway(card)
    if (random.chance(0.6))
      return this.#apply(card, 'task.updated', editOf(random, card.task, this.#plan.people, this.#chronicle.at))
    if (key === 'done' && random.chance(0.95)) return undefined // few tasks that are done come back
    const crowded = this.#made - cards.columnOf('done').length > Math.max(8, this.#plan.tasks * 0.15)
    const status = random.chance(0.6) && key !== 'done' ? key : pickNextColumn(random, key, crowded)
    cards.take(card)
    cards.put(card, status)
    return this.#apply(card, 'task.moved', this.#fieldsOfMove(card, status))
  }

  #throwAway(card: Card): Event | undefined {
    this.#cards.take(card)
    this.#cards.trash.push({ card, at: this.#chronicle.at })
    return this.#apply(card, 'task.deleted', { deleted_at: toIso(this.#chronicle.at) })
  }

  #restoreCard(card: Card): Event | undefined {
    this.#cards.trash.shift()
    this.#cards.putBack(card)
    return this.#apply(card, 'task.restored', { deleted_at: null, position: rankText(card.rank) })
  }

  #fieldsOfMove({ task, rank }: Card, status: string): Row {
    const position = rankText(rank)
    if (status === task.status) return { position }
    const started = status === 'in_progress' ? { started_at: task.started_at ?? toIso(this.#chronicle.at) } : {}
    return { status, position, completed_at: status === 'done' ? toIso(this.#chronicle.at) : null, ...started }
  }

  #apply(card: Card, action: string, patch: Row): Event | undefined {
    const before = card.task
    const pairs = Object.entries(patch).filter(([field, value]) => before[field] !== value)
    if (pairs.length === 0) return undefined
    const [mine] = before.assignee_ids
    const actor = mine && this.#random.chance(0.85) ? mine : this.#random.pick(this.#plan.people)
    card.task = { ...before, ...patch, updated_at: toIso(this.#chronicle.at), seq: this.#chronicle.seq + 1 }
    const changes = Object.fromEntries(pairs.map(([field, value]) => [field, [before[field], value]]))
    const event = this.#chronicle.write(action, card.task, actor, changes)
    this.#inboxes.notifyOfTask(before, card.task, event, this.#projectFacts())
    return event
  }

  #projectFacts = () => ({ project_key: this.#plan.key, project_name: this.#plan.name })
}
