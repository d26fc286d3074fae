import { invalidAt } from '../../../lib/errors.ts'
import { parseDate } from '../dates.ts'
import { type Board, type Card, type FileTime, type Label, newCard, type Person } from '../model.ts'
import type { ImportOptions } from '../options.ts'
import { setDays, setField } from '../values.ts'
import { Warnings } from '../warnings.ts'
import { categoryOf, foldName } from '../words.ts'
import { Header, Rows, splitCell } from './table.ts'

export const isAsana = (has: (...names: string[]) => boolean) => has('Task ID') && has('Name') && has('Section/Column')

const STANDARD = [
  'Task ID',
  'Created At',
  'Completed At',
  'Last Modified',
  'Name',
  'Section/Column',
  'Assignee',
  'Assignee Email',
  'Start Date',
  'Due Date',
  'Tags',
  'Notes',
  'Projects',
  'Parent task',
  'Blocked By (Dependencies)',
  'Blocking (Dependencies)',
]
const NO_SECTION = 'No section'
const DONE = 'Done'

type Task = { card: Card; name: string; section: string; parent: string; blockers: string; blocks: string; n: number }

/** Reads the CSV of Asana: parents and dependencies by name, days without times, no comments. */
export class AsanaReader {
  readonly #options: ImportOptions
  readonly #warnings = new Warnings()
  readonly #rows: Rows
  readonly #custom: number[]
  readonly #tasks: Task[] = []
  readonly #people = new Map<string, Person>()
  readonly #labels = new Map<string, Label>()
  readonly #projects = new Map<string, number>()

  constructor(header: string[], options: ImportOptions) {
    this.#options = options
    const names = new Header(header)
    const standard = new Set(STANDARD.map((name) => names.find(name)[0]))
    this.#rows = new Rows(header, this.#warnings, options.keep, names.find('Task ID')[0])
    this.#custom = names.names.flatMap((name, at) => (standard.has(at) || name === '' ? [] : [at]))
  }

  takeRow(given: string[], n: number): void {
    const cells = this.#rows.accept(given, n)
    if (!cells) return
    const cell = (name: string) => cells[this.#rows.header.find(name)[0] ?? -1] ?? ''
    const id = cell('Task ID').trim()
    if (id !== '' && !/^\d+$/.test(id)) this.#warnings.add('ids_untrusted', `row ${n}: ${id}`)
    const name = cell('Name').replace(/\r\n?/g, '\n')
    const completed = this.#dateOf(cell('Completed At'))
    const card = newCard(`row ${n}`, {
      title: name,
      description: cell('Notes'),
      order: [n],
      created: this.#dateOf(cell('Created At')),
      updated: this.#dateOf(cell('Last Modified')),
      completed,
      complete: cell('Completed At').trim() !== '',
      labels: splitCell(cell('Tags')),
    })
    setDays(card, { start: cell('Start Date'), due: cell('Due Date') }, (text) => this.#dateOf(text))
    for (const label of card.labels) this.#labels.set(label, { id: label, name: label, color: null })
    const person = this.#personOf(cell('Assignee').trim(), cell('Assignee Email').trim())
    if (person) card.people = [person]
    for (const at of this.#custom)
      setField(card, this.#rows.header.names[at] ?? '', cells[at] ?? '', this.#options, this.#warnings)
    const projects = splitCell(cell('Projects'))
    for (const project of projects) this.#projects.set(project, (this.#projects.get(project) ?? 0) + 1)
    if (projects.length > 1) this.#warnings.add('projects_several', `${card.title}: ${projects.join(', ')}`)
    this.#tasks.push({
      card,
      name,
      section: cell('Section/Column').trim(),
      parent: cell('Parent task').replace(/\r\n?/g, '\n'),
      blockers: cell('Blocked By (Dependencies)'),
      blocks: cell('Blocking (Dependencies)'),
      n,
    })
  }

  /** A spreadsheet may have rewritten the dates: numeric ones are dropped unless `map.dates` is given. */
  #dateOf(text: string): FileTime | undefined {
    const trimmed = text.trim()
    if (trimmed === '') return undefined
    const when = parseDate(trimmed, this.#options.dates)
    if (when === undefined) this.#warnings.add('dates_unreadable', trimmed)
    return when
  }

  #personOf(name: string, email: string): string | undefined {
    const id = email.toLowerCase() || name
    if (id === '') return undefined
    if (!this.#people.has(id)) this.#people.set(id, { id, name: name || email, ...(email && { email }) })
    return id
  }

  finish(): Board {
    if (this.#tasks.length === 0) throw invalidAt('body', 'has a header, but no tasks below it: export the tasks again')
    this.#warnings.add('comments_none')
    const places = new Map<string, number[]>()
    for (const [at, { name }] of this.#tasks.entries()) places.set(name, [...(places.get(name) ?? []), at])
    const parents = this.#tasks.map(({ parent }, at) => this.#parentOf(parent, at, places))
    for (const [at, parent] of parents.entries()) {
      const task = this.#tasks[at]
      if (task && parent !== undefined) task.card.parent = this.#tasks[parent]?.card.id ?? `"${task.parent}"`
    }
    const columns = this.#placeCards(parents)
    const project = [...this.#projects].toSorted(([, a], [, b]) => b - a)[0]?.[0]
    return {
      name: project ?? 'Asana',
      description: '',
      columns,
      cards: this.#tasks.map(({ card }) => card),
      people: [...this.#people.values()],
      labels: [...this.#labels.values()],
      links: this.#linksOf(places),
      counts: { templates: 0, attachments: 0 },
      warnings: this.#warnings,
    }
  }

  /** The index of the parent: the nearest above with this name, else the only one below; -1 if neither exists. */
  #parentOf(name: string, at: number, places: Map<string, number[]>): number | undefined {
    if (name.trim() === '') return undefined
    const rows = (places.get(name) ?? []).filter((row) => row !== at)
    const above = rows.findLast((row) => row < at)
    return above ?? (rows.length === 1 ? rows[0] : -1)
  }

  /**
   * Puts each card into a column, and returns the columns: the sections in the file's order. Asana does not move a task
   * when it is finished: here it goes to a column that means done.
   */
  #placeCards(parents: (number | undefined)[]): Board['columns'] {
    const columns = new Map<string, Board['columns'][number]>()
    const addColumn = (name: string) => {
      const id = foldName(name) || name
      if (!columns.has(id)) columns.set(id, { id, name })
      return id
    }
    const sectionOf = (at: number) => {
      const seen = new Set<number>()
      for (let row: number | undefined = at; row !== undefined && row >= 0 && !seen.has(row); row = parents[row]) {
        seen.add(row)
        const section = this.#tasks[row]?.section
        if (section) return section
      }
      return NO_SECTION
    }
    for (const [at, { card }] of this.#tasks.entries()) card.column = addColumn(sectionOf(at))
    const meaningOf = (id: string) => this.#options.columns.get(id) ?? categoryOf(columns.get(id)?.name ?? '')
    const done = [...columns.keys()].find((id) => meaningOf(id) === 'done')
    for (const { card } of this.#tasks) {
      if (!card.complete || meaningOf(card.column) === 'done') continue
      card.column = done ?? addColumn(DONE)
    }
    const used = new Set(this.#tasks.map(({ card }) => card.column))
    const isNone = ({ id }: { id: string }) => id === foldName(NO_SECTION)
    const sections = [...columns.values()].filter((section) => used.has(section.id) || !isNone(section))
    return sections.toSorted((a, b) => Number(isNone(a)) - Number(isNone(b)))
  }

  #linksOf(places: Map<string, number[]>): Board['links'] {
    const idsOf = (cell: string) => {
      if (cell.trim() === '') return []
      const names = places.has(cell) ? [cell] : splitCell(cell)
      return names.flatMap((name) => {
        const [only, second] = places.get(name) ?? []
        const id = second === undefined && only !== undefined ? this.#tasks[only]?.card.id : undefined
        if (id === undefined) this.#warnings.add('links_unknown', name)
        return id ?? []
      })
    }
    return this.#tasks.flatMap(({ card, blockers, blocks }) => [
      ...idsOf(blockers).map((from) => ({ kind: 'blocks' as const, from, to: card.id })),
      ...idsOf(blocks).map((to) => ({ kind: 'blocks' as const, from: card.id, to })),
    ])
  }
}
