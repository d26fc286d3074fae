import { COLUMN_CATEGORIES } from '../../../db/schema.ts'
import { parseDate } from '../dates.ts'
import { type Board, type Card, type Category, type Label, newCard, type Person } from '../model.ts'
import type { ImportOptions } from '../options.ts'
import { setDays, setField } from '../values.ts'
import { Warnings } from '../warnings.ts'
import { categoryOf, foldName, toPlainWords } from '../words.ts'
import { chooseProject, nameAndEmailOf, Rows, splitCell } from './table.ts'

/** Whether a header is Linear's. */
export const isLinear = (has: (...names: string[]) => boolean) =>
  has('ID') && has('Team') && has('Title') && has('Status') && has('Created') && has('Creator')

const FIELD_HEADERS =
  'ID,Team,Title,Description,Status,Estimate,Priority,Creator,Assignee,Labels,Created,Updated,Started,Completed,Canceled,Archived,Due Date,Parent issue,Related to,Blocked by,Duplicate of'.split(
    ',',
  )
const NOTE_HEADERS = ['project', 'cycle name', 'project milestone', 'initiatives', 'sla status', 'triaged']
/** Headers that only identify what another header names: left out without the warning `headers_left`. */
const NO_CONTENT = ['uuid', 'project id', 'project milestone id', 'cycle number']

type Issue = {
  card: Card
  team: string
  status: string
  facts: Record<'started' | 'completed' | 'cancelled', boolean>
  blockers: string[]
  related: string[]
  duplicates: string[]
}

/** Reads the CSV of Linear: one row for each issue, no order, no comments. */
export class LinearReader {
  readonly #options: ImportOptions
  readonly #warnings = new Warnings()
  readonly #rows: Rows
  readonly #positionOf: (name: string) => number
  /** Columns without a field of their own. `isKept`: their values become what map= says, or text. */
  readonly #rest: { at: number; name: string; isKept: boolean }[]
  readonly #left = new Set<string>()
  readonly #issues: Issue[] = []
  readonly #people = new Map<string, Person>()

  constructor(header: string[], options: ImportOptions) {
    this.#options = options
    this.#rows = new Rows(
      header,
      this.#warnings,
      options.keep,
      header.findIndex((name) => name.trim() === 'ID'),
    )
    this.#positionOf = (name) => this.#rows.header.find(name)[0] ?? -1
    const read = new Set(FIELD_HEADERS.map(this.#positionOf))
    this.#rest = this.#rows.header.names
      .map((name, at) => ({
        at,
        name,
        isKept: NOTE_HEADERS.includes(toPlainWords(name)) || options.fields.has(foldName(name)),
      }))
      .filter(({ at, name, isKept }) => !read.has(at) && (isKept || !NO_CONTENT.includes(toPlainWords(name))))
  }

  takeRow(given: string[], n: number): void {
    const cells = this.#rows.accept(given, n)
    if (!cells) return
    const cell = (name: string) => cells[this.#positionOf(name)] ?? ''
    const date = (name: string) => {
      const text = cell(name).trim()
      const when = text === '' ? undefined : parseDate(text, this.#options.dates)
      if (text !== '' && when === undefined) this.#warnings.add('dates_unreadable', `${name}: ${text}`)
      return when
    }
    const id = cell('ID').trim() || `row ${n}`
    const [started, completed, cancelled] = [date('Started'), date('Completed'), date('Canceled')]
    const [assignee, creator] = [this.#personOf(cell('Assignee')), this.#personOf(cell('Creator'))]
    const card = newCard(id, {
      title: cell('Title').replace(/^'(?=[=+\-@])/, ''),
      description: cell('Description'),
      order: [n],
      number: Number(/-(\d+)$/.exec(id)?.[1] ?? 0),
      created: date('Created'),
      updated: date('Updated'),
      started,
      completed: completed ?? cancelled,
      parent: cell('Parent issue').trim() || undefined,
      people: assignee ? [assignee] : [],
      labels: splitCell(cell('Labels')),
      created_by: creator,
    })
    setDays(card, { due: cell('Due Date') }, () => date('Due Date'))
    if (cell('Archived').trim() !== '') card.archived = { at: date('Archived') }
    for (const name of ['Priority', 'Estimate']) setField(card, name, cell(name), this.#options, this.#warnings)
    this.#readRest(card, cells)
    this.#issues.push({
      card,
      team: cell('Team').trim(),
      status: cell('Status').trim(),
      facts: { started: started !== undefined, completed: completed !== undefined, cancelled: cancelled !== undefined },
      blockers: splitCell(cell('Blocked by')),
      related: splitCell(cell('Related to')),
      duplicates: splitCell(cell('Duplicate of')),
    })
  }

  #readRest(card: Card, cells: string[]): void {
    for (const { at, name, isKept } of this.#rest) {
      const text = cells[at] ?? ''
      if (isKept) setField(card, name, text, this.#options, this.#warnings)
      else if (text.trim() !== '') this.#left.add(name)
    }
  }

  /** Notes a person, whom the file names by e-mail address or name, and returns the id. */
  #personOf(text: string): string | undefined {
    const name = text.trim()
    if (name === '') return undefined
    const id = name.toLowerCase()
    if (!this.#people.has(id)) this.#people.set(id, { id, ...nameAndEmailOf(name) })
    return id
  }

  finish(): Board {
    const counts = new Map<string, number>()
    for (const { team } of this.#issues) counts.set(team, (counts.get(team) ?? 0) + 1)
    const team = chooseProject(counts, this.#options.project, this.#warnings)
    const issues = this.#issues.filter((issue) => issue.team === team)
    for (const name of this.#left) this.#warnings.add('headers_left', name)
    this.#warnings.add('comments_none')
    this.#warnings.add('order_none')
    const states = Map.groupBy(issues, ({ status }) => status)
    const meaning = (name: string, of: Issue[]) => this.#options.columns.get(foldName(name)) ?? meaningOf(name, of)
    const columns = [...states].map(([name, of]) => ({ id: name, name, category: meaning(name, of) }))
    columns.sort((a, b) => COLUMN_CATEGORIES.indexOf(a.category) - COLUMN_CATEGORIES.indexOf(b.category))
    const labels = new Map<string, Label>()
    for (const { card, status } of issues) {
      card.column = status
      for (const name of card.labels) labels.set(name, { id: name, name, color: null })
    }
    return {
      name: team,
      description: '',
      key: keyOf(issues),
      columns,
      cards: issues.map(({ card }) => card),
      people: [...this.#people.values()],
      labels: [...labels.values()],
      links: issues.flatMap(({ card: { id }, blockers, related, duplicates }) => [
        ...blockers.map((from) => ({ kind: 'blocks' as const, from, to: id })),
        ...related.map((to) => ({ kind: 'relates' as const, from: id, to })),
        ...duplicates.map((to) => ({ kind: 'duplicates' as const, from: id, to })),
      ]),
      counts: { templates: 0, attachments: 0 },
      warnings: this.#warnings,
    }
  }
}

/** The category of a state: final if all its issues have the time for that, else as its name suggests. */
function meaningOf(name: string, issues: Issue[]): Category {
  if (/^(triage|backlog)$/i.test(name)) return 'backlog'
  const every = (fact: keyof Issue['facts']) => issues.every(({ facts }) => facts[fact])
  if (every('cancelled')) return 'cancelled'
  if (every('completed')) return 'done'
  return categoryOf(name)
}

/** The key of a team, from the number of its first issue; undefined if that has none. */
const keyOf = (issues: Issue[]) => /^([A-Z][A-Z0-9]{1,9})-\d+$/.exec(issues[0]?.card.id ?? '')?.[1]
