import { compareTexts } from '../../../lib/compare.ts'
import { cutText } from '../../../lib/cut-text.ts'
import { invalidAt } from '../../../lib/errors.ts'
import { isFinal } from '../../columns/schema.ts'
import { MAX_SKIPPED } from '../../import-export/rules.ts'
import { toDay, toInstant } from '../dates.ts'
import { type Board, byOrder, type Card, type Category, type Column, type Comment, type FileTime } from '../model.ts'
import { isBlank, nameOf, partsOf, toOneLine, toStored } from '../text.ts'
import type { Warnings } from '../warnings.ts'
import { categoryOf, foldName } from '../words.ts'
import { keysOf } from './keys.ts'
import { planLabels } from './labels.ts'
import { planLinks } from './links.ts'
import { planParents } from './parents.ts'
import type { Plan, PlannedColumn, PlannedComment, PlannedItem, PlannedTask, Settings } from './planned.ts'

/*
 * The rules by which the board of any file becomes a project of ours: one place for all formats. What they leave out or
 * change is counted. docs/imports.md describes them.
 */

// in UTF-16 code units
const MAX_TITLE = 500
const MAX_DESCRIPTION = 100_000
const MAX_COMMENT = 19_000

const MAX_PER_TASK = 50 // assignees, labels
/** The number that a card had, if an import takes it however few cards there are; else 0. */
const keptNumberOf = ({ number = 0 }: Card) => (number <= MAX_SKIPPED ? number : 0)

/** Whether the file does not say in which columns the card was earlier. */
const isWithoutPast = ({ first_column, moves }: Card) => first_column === undefined && moves.length === 0

type Stamps = { created_at: string; updated_at: string }

class Planner {
  readonly #board: Board
  readonly #settings: Settings
  readonly #warnings: Warnings
  readonly #columns: PlannedColumn[]
  /** The key of our column, by the id of the file's column. */
  readonly #keys = new Map<string, string>()
  readonly #archived: Map<string, Column>
  readonly #people: Map<string, string>
  #latest = ''
  #lastNumber = 0
  readonly #numbers = new Set<number>()

  constructor(board: Board, settings: Settings) {
    this.#board = board
    this.#settings = settings
    this.#warnings = board.warnings
    this.#people = new Map(board.people.map(({ id, name }) => [id, toOneLine(name)]))
    this.#archived = new Map(board.columns.flatMap((column) => (column.archived ? [[column.id, column]] : [])))
    this.#addOpenColumn()
    this.#columns = this.#planColumns()
  }

  plan(): Plan {
    const { cards } = this.#board
    const { QUOTA_TASKS } = this.#settings.quotas
    if (cards.length > QUOTA_TASKS)
      throw invalidAt('tasks', `are ${cards.length}, and a project holds at most ${QUOTA_TASKS}: export fewer at once`)
    this.#latest = this.#findLatest()
    const parents = planParents(cards, this.#warnings)
    const labels = planLabels(this.#board, this.#settings.quotas.QUOTA_LABELS)
    const positions = this.#planPositions()
    const links = planLinks(this.#board, this.#settings.quotas.QUOTA_TASK_LINKS)
    const dated = cards.splice(0).map((card) => ({ card, times: this.#timesOf(card) }))
    this.#lastNumber = dated.reduce((last, { card }) => Math.max(last, keptNumberOf(card)), 0)
    const tasks = dated.sort(byCreation).map(({ card, times }) => {
      const number = this.#numberOf(card)
      const position = positions.get(card.id) ?? '1024'
      return { number, ...this.#planTask(card, times, parents, labels.plannedIds, position) }
    })
    for (const { archived_at, status } of tasks) {
      const column = this.#columns.find(({ key }) => key === status)
      if (column && archived_at === null) column.tasks += 1
    }
    return { columns: this.#columns, labels: labels.planned, tasks, links }
  }

  /** If all columns are final, and the file does not say where tasks were before, they get a place for that time. */
  #addOpenColumn(): void {
    const { columns, cards } = this.#board
    const live = columns.filter(({ archived }) => !archived)
    const hasRoom = live.length > 0 && live.length < this.#settings.quotas.QUOTA_COLUMNS
    if (hasRoom && live.every((column) => isFinal(this.#categoryOf(column))) && cards.some(isWithoutPast))
      columns.unshift({ id: '\0open', name: 'To do', category: 'todo' })
  }

  #planColumns(): PlannedColumn[] {
    const live = this.#board.columns.filter(({ archived }) => !archived)
    const { QUOTA_COLUMNS } = this.#settings.quotas
    if (live.length === 0)
      throw invalidAt(
        'columns',
        'are missing: the file has no list (or status), or all are archived. Bring one back, and export again',
      )
    if (live.length > QUOTA_COLUMNS) {
      const names = live.map(({ name }) => toOneLine(name)).join(', ')
      throw invalidAt(
        'columns',
        `are ${live.length}, and a board has at most ${QUOTA_COLUMNS}. Merge or archive some of them: ${cutText(names, 2_000)}`,
      )
    }
    const keys = keysOf(live)
    const planned = live.map((column, n): PlannedColumn => {
      const key = keys[n] ?? `column_${n + 1}`
      this.#keys.set(column.id, key)
      const { wip_limit = null, wip_mode = 'warn' } = column
      const name = nameOf(column.name, 80, `Column ${n + 1}`, this.#warnings)
      return { key, name, category: this.#categoryOf(column), wip_limit, wip_mode, tasks: 0 }
    })
    for (const column of this.#archived.values()) {
      const like = live.findIndex(({ name }) => foldName(name) === foldName(column.name))
      const kind = planned.find(({ category }) => category === this.#categoryOf(column))
      this.#keys.set(column.id, (planned[like] ?? kind ?? planned[0])?.key ?? '')
    }
    return planned
  }

  #categoryOf({ name, category }: Column): Category {
    return this.#settings.categories.get(foldName(name)) ?? category ?? categoryOf(name)
  }

  #keyOf(column: string): string {
    return this.#keys.get(column) ?? this.#columns[0]?.key ?? ''
  }

  #categoryAt(key: string): Category | undefined {
    return this.#columns.find((column) => column.key === key)?.category
  }

  /** The latest creation, change, start, completion or comment up to now, else 2000: for missing and future times. */
  #findLatest(): string {
    const { now } = this.#settings
    const times = this.#board.cards.flatMap(({ created, updated, started, completed, comments }) => [
      created,
      updated,
      started,
      completed,
      ...comments.map(({ at }) => at),
    ])
    return times.reduce<string>((latest, when) => {
      const at = when === undefined ? '' : this.#instantOf(when)
      return at > latest && at <= now ? at : latest
    }, '2000-01-01T00:00:00.000Z')
  }

  #instantOf(when: FileTime): string {
    return toInstant(when, this.#settings.zone)
  }

  /** As an instant; one in the future is counted, and replaced by the latest of the file. */
  #pastInstantOf(when: FileTime | undefined): string | undefined {
    if (when === undefined) return undefined
    const at = this.#instantOf(when)
    if (at <= this.#settings.now) return at
    this.#warnings.add('dates_future', at)
    return this.#latest
  }

  /** Whether a time, if there is one, is of an earlier day than `first`, to which it is set: it is counted. */
  #isEarly(when: FileTime | undefined, first: string, title: string): boolean {
    const { zone } = this.#settings
    if (when === undefined || toDay(when, zone) >= toDay(first, zone)) return false
    this.#warnings.add('dates_early', `${toOneLine(title)}: ${when}`)
    return true
  }

  /** As #pastInstantOf, but not before `first`. */
  #instantSince(first: string, when: FileTime | undefined, title: string): string | undefined {
    this.#isEarly(when, first, title)
    const at = this.#pastInstantOf(when)
    return at && later(at, first)
  }

  /** Positions by card id, in the source's order. A file's own ones are not used: they may be negative or equal. */
  #planPositions(): Map<string, string> {
    const places = new Map<string, string>()
    const byColumn = Map.groupBy(this.#board.cards, ({ column }) => this.#keyOf(column))
    for (const cards of byColumn.values()) {
      cards.sort(byOrder)
      for (const [n, { id }] of cards.entries()) places.set(id, String((n + 1) * 1024))
    }
    return places
  }

  /** The number that it had, if that is not too large, and not one of another card; else the next one. */
  #numberOf(card: Card): number {
    const kept = keptNumberOf(card)
    if (kept > 0 && !this.#numbers.has(kept)) {
      this.#numbers.add(kept)
      return kept
    }
    if (card.number) {
      this.#warnings.add('numbers_changed', card.id)
      card.notes.push(`Key: ${card.id}`)
    }
    this.#lastNumber += 1
    return this.#lastNumber
  }

  #planTask(
    card: Card,
    times: Stamps,
    parents: Map<string, string>,
    labels: Map<string, string | null>,
    position: string,
  ): Omit<PlannedTask, 'number'> {
    if (!this.#keys.has(card.column)) this.#warnings.add('columns_unknown', card.title)
    const list = this.#archived.get(card.column)
    if (list) {
      this.#warnings.add('columns_archived', list.name)
      card.notes.push(`List: ${toOneLine(list.name)}`)
    }
    const title = this.#titleOf(card)
    const { returns, archived_at } = this.#archivingsOf(card, times, list !== undefined)
    const path = this.#pathOf(card, times, archived_at)
    const assignee_ids = this.#assigneesOf(card)
    const own = this.#labelsOf(card, labels)
    const checklists = this.#planChecklists(card)
    const comments = this.#planComments(card, times.created_at)
    const days = this.#daysOf(card)
    const description = this.#descriptionOf(card, title)
    card.description = '' // so that memory holds each text once
    card.comments = []
    const { accounts } = this.#settings
    const { id, priority, estimate } = card
    return {
      card: { id, priority, estimate },
      title,
      description,
      position,
      assignee_ids,
      labels: own,
      parent: parents.get(card.id) ?? null,
      ...days,
      ...times,
      ...path,
      archived_at,
      returns,
      created_by: accounts.get(card.created_by ?? '') ?? null,
      comments,
      checklists,
    }
  }

  /** When the card was archived and came back, in order, and since when it is archived now. */
  #archivingsOf({ archived, returns, title }: Card, { created_at, updated_at }: Stamps, inArchivedList: boolean) {
    let last = created_at // none may be earlier than the one before it, also in place of a time in the future
    const since = (when: FileTime) => {
      last = this.#instantSince(last, when, title) ?? last
      return last
    }
    const planned = returns.map((one) => ({ archived: since(one.archived), back: since(one.back) }))
    const isArchived = archived !== undefined || inArchivedList
    const archived_at = isArchived ? (this.#instantSince(last, archived?.at, title) ?? later(updated_at, last)) : null
    return { returns: planned, archived_at }
  }

  #titleOf(card: Card): string {
    const line = toOneLine(card.title)
    if (isBlank(line)) {
      this.#warnings.add('titles_missing', card.description || card.id)
      return '(untitled)'
    }
    if (line.length > MAX_TITLE) this.#warnings.add('titles_cut', line)
    return cutText(line, MAX_TITLE).trim()
  }

  #descriptionOf({ title, description, notes }: Card, shown: string): string {
    const whole = toOneLine(title)
    const parts = [
      ...(whole.length > shown.length && shown !== '(untitled)' ? [whole] : []),
      ...(isBlank(description) ? [] : [toStored(description)]),
      ...(notes.length === 0 ? [] : [`---\n\n${notes.map((note) => `- ${toStored(note)}`).join('\n')}`]),
    ]
    const text = parts.join('\n\n')
    if (text.length > MAX_DESCRIPTION) this.#warnings.add('descriptions_cut', shown)
    return cutText(text, MAX_DESCRIPTION)
  }

  /** When the card was made and last changed: never the time of the import. */
  #timesOf({ created, updated, started, completed, comments, title, moves }: Card) {
    const first = [updated, started, completed, ...comments.map(({ at }) => at), ...moves.map(({ at }) => at)]
      .flatMap((when) => (when === undefined ? [] : this.#instantOf(when)))
      .filter((at) => at <= this.#settings.now)
      .toSorted()[0]
    if (created === undefined) this.#warnings.add('times_missing', title)
    const created_at = this.#pastInstantOf(created) ?? first ?? this.#latest
    return { created_at, updated_at: this.#instantSince(created_at, updated, title) ?? created_at }
  }

  /**
   * The columns in which the card was, and when it was started and finished. Moves that the file has are kept with
   * their times: the file's time of completion decides only about a last move that the file does not have. If the file
   * has neither moves nor the card's first column, they are assumed: a finished card was in the first column that is
   * not final, from its start in the first one in progress, and in its own since it was finished, or else last changed
   * or archived; a card in the first column in progress came there when it was started; others were always in theirs.
   */
  #pathOf(card: Card, { created_at, updated_at }: Stamps, archived_at: string | null) {
    const status = this.#keyOf(card.column)
    const ended = this.#pastInstantOf(card.completed)
    const begun = this.#pastInstantOf(card.started)
    const settled = ended ?? earlier(updated_at, archived_at ?? updated_at)
    const moves = card.moves
      .map(({ at, column, by }) => ({
        at: this.#instantSince(created_at, at, card.title) ?? created_at,
        status: this.#keyOf(column),
        by: this.#settings.accounts.get(by ?? '') ?? null,
      }))
      .toSorted((a, b) => compareTexts(a.at, b.at))
    let first_status = card.first_column === undefined ? undefined : this.#keyOf(card.first_column)
    const known = moves.at(-1) ?? { at: created_at, status: first_status }
    const isMissing = known.status !== status // then the completion decides, but cannot be before what is known
    if (isMissing && isFinal(this.#categoryAt(status)) && this.#isEarly(card.completed, known.at, card.title))
      card.notes.push(`Completed: ${card.completed}`)
    if (isWithoutPast(card)) {
      const assumed = this.#assumeMoves(status, created_at, begun, settled)
      first_status = assumed.first_status
      moves.push(...assumed.moves)
    }
    const since = moves.at(-1)?.at ?? created_at
    if ((moves.at(-1)?.status ?? first_status) !== status) moves.push({ at: later(settled, since), status, by: null })
    first_status ??= moves[0]?.status ?? status
    let at = first_status
    const steps = moves.filter((move) => {
      const isStep = move.status !== at
      at = move.status
      return isStep
    })
    return {
      ...this.#endsOf(card, status, steps, { begun, created_at, first_status }),
      first_status,
      status,
      moves: steps,
    }
  }

  #assumeMoves(status: string, created_at: string, begun: string | undefined, ended: string) {
    const first = this.#columns.find(({ category }) => !isFinal(category))?.key ?? status
    const working = this.#columns.find(({ category }) => category === 'in_progress')?.key
    const final = isFinal(this.#categoryAt(status))
    const moves: { at: string; status: string; by: null }[] = []
    const starts = begun !== undefined && begun > created_at && working !== undefined && working !== first
    if (starts && (final ? begun <= ended : working === status)) moves.push({ at: begun, status: working, by: null })
    if (final && ended > created_at && first !== status) moves.push({ at: ended, status, by: null })
    if (moves.length === 0) return { first_status: status, moves }
    this.#warnings.add('moves_assumed')
    return { first_status: first, moves }
  }

  /** A finished card is completed since it came from a column of another category, as `tasks_rules` and reports say. */
  #endsOf(
    { complete, title, notes, completed }: Card,
    status: string,
    moves: { at: string; status: string }[],
    { begun, created_at, first_status }: { begun?: string; created_at: string; first_status: string },
  ) {
    const path = [{ at: created_at, status: first_status }, ...moves].map(({ at, status }) => ({
      at,
      category: this.#categoryAt(status),
    }))
    const started_at = begun ?? path.find(({ category }) => category === 'in_progress')?.at ?? null
    if (isFinal(this.#categoryAt(status))) {
      const entry = path.findLast(({ category }, n) => category !== path[n - 1]?.category)
      return { started_at, completed_at: entry?.at ?? created_at }
    }
    if (complete || completed !== undefined) {
      this.#warnings.add('completed_elsewhere', title)
      notes.push(completed === undefined ? 'Completed' : `Completed: ${completed}`)
    }
    return { started_at, completed_at: null }
  }

  #daysOf({ start, due, title, notes }: Card) {
    const due_date = due === undefined ? null : toDay(due, this.#settings.zone)
    const start_date = start === undefined ? null : toDay(start, this.#settings.zone)
    if (start_date === null || due_date === null || start_date <= due_date) return { start_date, due_date }
    this.#warnings.add('starts_dropped', title)
    notes.push(`Start: ${start_date}`)
    return { start_date: null, due_date }
  }

  #assigneesOf({ people, notes }: Card): string[] {
    const { accounts } = this.#settings
    const ids = [...new Set(people.flatMap((person) => accounts.get(person) ?? []))].slice(0, MAX_PER_TASK)
    const others = people.filter((person) => !accounts.has(person)).map((person) => this.#people.get(person) ?? person)
    if (others.length > 0) notes.push(`Assigned to: ${others.join(', ')}`)
    return ids
  }

  #labelsOf({ labels, notes, title }: Card, plannedIds: Map<string, string | null>): string[] {
    const own = new Set<string>()
    for (const id of labels) {
      const planned = plannedIds.get(id)
      if (planned === undefined) this.#warnings.add('labels_unknown', id)
      else if (planned === null || own.size >= MAX_PER_TASK) {
        this.#warnings.add('labels_left', title)
        notes.push(`Label: ${toOneLine(this.#board.labels.find((label) => label.id === id)?.name ?? id)}`)
      } else own.add(planned)
    }
    return [...own]
  }

  #planChecklists(card: Card): PlannedTask['checklists'] {
    const { QUOTA_TASK_CHECKLISTS, QUOTA_CHECKLIST_ITEMS } = this.#settings.quotas
    const lists = card.checklists.flatMap(({ title, items }) => {
      const name = nameOf(title, 180, 'Checklist', this.#warnings)
      const planned = items.map((item) => this.#planItem(item, card))
      const parts = Math.max(1, Math.ceil(planned.length / QUOTA_CHECKLIST_ITEMS))
      return Array.from({ length: parts }, (_, n) => ({
        title: n === 0 ? name : `${name} (${n + 1})`,
        items: planned.slice(n * QUOTA_CHECKLIST_ITEMS, (n + 1) * QUOTA_CHECKLIST_ITEMS),
      }))
    })
    for (const { title, items } of lists.slice(QUOTA_TASK_CHECKLISTS)) {
      this.#warnings.add('checklists_as_text', title)
      card.notes.push(`${title}:`, ...items.map(({ done, text }) => `[${done ? 'x' : ' '}] ${text}`))
    }
    return lists.slice(0, QUOTA_TASK_CHECKLISTS)
  }

  #planItem({ text, done, due, person }: Card['checklists'][number]['items'][number], card: Card): PlannedItem {
    const line = toOneLine(text)
    if (line.length > MAX_TITLE) {
      this.#warnings.add('items_cut', line)
      card.notes.push(`Item: ${line}`)
    }
    const assignee_id = this.#settings.accounts.get(person ?? '') ?? null
    if (person !== undefined && assignee_id === null) {
      this.#warnings.add('item_people', line)
      card.notes.push(`Item "${cutText(line, 80)}": ${this.#people.get(person) ?? person}`)
    }
    const shown = isBlank(line) ? '(untitled)' : cutText(line, MAX_TITLE).trim()
    return { text: shown, done, due_date: due === undefined ? null : toDay(due, this.#settings.zone), assignee_id }
  }

  /** The newest that a task may have, oldest first. Without an account here, the text begins with the author's name. */
  #planComments({ comments, title }: Card, created_at: string): PlannedComment[] {
    const planned = comments.flatMap((comment) => this.#planComment(comment, created_at))
    planned.sort((a, b) => compareTexts(a.at, b.at))
    const max = this.#settings.quotas.QUOTA_TASK_COMMENTS
    this.#warnings.add('comments_left', title, Math.max(0, planned.length - max))
    return planned.slice(-max)
  }

  #planComment({ id, author, at, edited, text }: Comment, created_at: string): PlannedComment[] {
    if (isBlank(text)) {
      this.#warnings.add('comments_empty', id)
      return []
    }
    if (at === undefined) this.#warnings.add('times_missing', text)
    const user_id = this.#settings.accounts.get(author ?? '') ?? null
    const name = this.#people.get(author ?? '')
    if (name === undefined && user_id === null) this.#warnings.add('comment_authors_unknown', text)
    const parts = partsOf(toStored(text), MAX_COMMENT)
    if (parts.length > 1) this.#warnings.add('comments_split', text)
    const from = user_id === null && name !== undefined ? `${cutText(name, 200)}:\n\n` : ''
    const said = this.#pastInstantOf(at) ?? created_at
    const edited_at = this.#pastInstantOf(edited) ?? null
    return parts.map((part, n) => ({ id: `${id}/${n}`, at: said, edited_at, user_id, body: from + part }))
  }
}

const later = (a: string, b: string) => (a > b ? a : b)
const earlier = (a: string, b: string) => (a < b ? a : b)

type Dated = { card: Card; times: Stamps }

const byCreation = (a: Dated, b: Dated) =>
  compareTexts(a.times.created_at, b.times.created_at) ||
  (a.card.number ?? 0) - (b.card.number ?? 0) ||
  byOrder(a.card, b.card)

/** Plans the project of a board, and empties `board.cards`. Throws if tasks or columns exceed a quota. */
export const planProject = (board: Board, settings: Settings): Plan => new Planner(board, settings).plan()
