import { COLUMN_CATEGORIES } from '../../../db/schema.ts'
import { invalidAt } from '../../../lib/errors.ts'
import { chooseOrder, isNumeric, parseDate } from '../dates.ts'
import { type Board, type Card, type Category, type FileTime, type Label, newCard, type Person } from '../model.ts'
import type { ImportOptions } from '../options.ts'
import { toOneLine } from '../text.ts'
import { setDays, setField } from '../values.ts'
import { Warnings } from '../warnings.ts'
import { categoryOf, foldName, toPlainWords } from '../words.ts'
import { columnsOf, JIRA_KEY, type JiraColumns, missingColumnsOf, shownNameOf } from './jira-columns.ts'
import { chooseProject, nameAndEmailOf, Rows } from './table.ts'

/*
 * The CSV of Jira ("Export all fields"): headers and months in the exporter's language, repeated headers as lists,
 * people by account ids whose names stand in other columns, and no time zone.
 */

const CANCELLED = new Set([
  'won t do',
  'won t fix',
  'wont do',
  'wont fix',
  'cancelled',
  'canceled',
  'duplicate',
  'declined',
  'rejected',
  'abandonne',
  'annule',
  'doublon',
  'duplikat',
  'abgebrochen',
])

type Issue = {
  card: Card
  key: string
  number: string
  id: string
  project: string
  status: string
  category: string
  resolution: string
  parent: { key: string; id: string }
  dates: Record<'created' | 'updated' | 'completed' | 'changed' | 'start' | 'due', string>
  comments: string[]
  links: { kind: 'blocks' | 'relates' | 'duplicates'; from: string; to: string }[]
}

type Cell = (name: keyof JiraColumns['one']) => string

const datesOf = (cell: Cell): Issue['dates'] => ({
  created: cell('created'),
  updated: cell('updated'),
  completed: cell('resolved'),
  changed: cell('category_changed'),
  start: cell('start'),
  due: cell('due'),
})

/** The links of an issue: a header names the kind and the direction, the cell the other issue. */
const linksOf = (columns: JiraColumns['links'], cells: string[], key: string): Issue['links'] =>
  columns.flatMap(({ at, kind, inward }) => {
    const other = (cells[at] ?? '').trim()
    if (other === '') return []
    return [inward ? { kind, from: other, to: key } : { kind, from: key, to: other }]
  })

export class JiraReader {
  readonly #options: ImportOptions
  readonly #warnings = new Warnings()
  readonly #rows: Rows
  readonly #columns: JiraColumns
  readonly #issues: Issue[] = []
  readonly #people = new Map<string, Person>()
  readonly #names = new Map<string, string>()
  readonly #numeric: string[] = []
  readonly #left = new Set<string>()
  #attachments = 0

  /** `sample`: the first row, whose cells tell what a column is where its header is unknown. */
  constructor(header: string[], sample: string[], options: ImportOptions) {
    this.#options = options
    this.#columns = columnsOf(header, sample, options.fields)
    const missing = missingColumnsOf(this.#columns)
    if (missing.length > 0) {
      throw invalidAt(
        'body',
        `has no header that means ${missing.join(' or ')}. It has: ${header.join(', ').slice(0, 3_000)}. Choose one with map={"fields": {"<header>": "${missing[0]}"}}`,
      )
    }
    this.#rows = new Rows(header, this.#warnings, options.keep, this.#columns.one.key, this.#columns.ignored)
  }

  takeRow(given: string[], n: number): void {
    const cells = this.#rows.accept(given, n)
    if (!cells) return
    const { one, many } = this.#columns
    const cell: Cell = (name) => (one[name] === undefined ? '' : (cells[one[name]] ?? '').trim())
    const all = (places: number[]) => places.map((at) => (cells[at] ?? '').trim()).filter((text) => text !== '')
    this.#readPeople(cells)
    const key = cell('key')
    const card = newCard(key || cell('id') || `row ${n}`, {
      title: cell('title'),
      description: cells[one.description ?? -1] ?? '',
      order: [cell('rank') || null],
      number: Number(/-(\d+)$/.exec(key)?.[1] ?? 0),
      labels: [...new Set(all(many.labels))],
    })
    const assignee = this.#personOf(cell('assignee_id'), cell('assignee'))
    if (assignee) card.people = [assignee]
    card.created_by = this.#personOf(cell('reporter_id'), cell('reporter'))
    setField(card, 'Priority', cell('priority'), this.#options, this.#warnings)
    this.#readEstimate(card, cells)
    this.#readNotes(card, cells)
    const dates = datesOf(cell)
    const comments = all(many.comments)
    this.#numeric.push(
      ...[...Object.values(dates), ...comments.map((text) => text.split(';', 1)[0] ?? '')].filter(isNumeric),
    )
    this.#issues.push({
      card,
      key: key.replace(/-\d+$/, ''),
      number: key,
      id: cell('id'),
      project: cell('project'),
      status: cell('status'),
      category: cell('category'),
      resolution: toPlainWords(cell('resolution')),
      parent: { key: cell('parent_key') || (JIRA_KEY.test(cell('epic')) ? cell('epic') : ''), id: cell('parent') },
      dates,
      comments,
      links: linksOf(this.#columns.links, cells, key),
    })
  }

  /** Notes the people of a row: names with their account ids. */
  #readPeople(cells: string[]): void {
    for (const { name, id } of this.#columns.people) {
      const [person, account] = [(cells[name] ?? '').trim(), id === undefined ? '' : (cells[id] ?? '').trim()]
      if (person === '') continue
      if (account !== '') this.#names.set(account, person)
      this.#personOf(account, person)
    }
  }

  #personOf(account: string, name: string): string | undefined {
    const id = account || name
    if (id === '') return undefined
    if (!this.#people.has(id) && name !== '') {
      const { email } = nameAndEmailOf(account) // first: people choose their names, but not their accounts
      this.#people.set(id, { id, ...nameAndEmailOf(name), ...(email && { email }) })
    }
    return id
  }

  /** Story points replace the estimate of team-managed projects. */
  #readEstimate(card: Card, cells: string[]): void {
    const { points, point_estimate } = this.#columns.one
    for (const at of [point_estimate, points]) {
      if (at === undefined) continue
      const name = shownNameOf(this.#rows.header.names[at] ?? '', this.#options.fields)
      setField(card, name, cells[at] ?? '', this.#options, this.#warnings, 'estimate')
    }
  }

  #readNotes(card: Card, cells: string[]): void {
    for (const { name, at } of this.#columns.notes) {
      const texts = [...new Set(at.map((place) => (cells[place] ?? '').trim()))].filter((text) => text !== '')
      if (texts.length > 0) setField(card, name, texts.join(', '), this.#options, this.#warnings)
    }
    for (const place of this.#columns.times) {
      const time = (cells[place] ?? '').trim()
      if (time === '' || time === '0') continue
      card.notes.push(`${this.#rows.header.names[place]}: ${/^\d+$/.test(time) ? `${time} s` : toOneLine(time)}`)
      this.#warnings.add('time_as_text', card.title)
    }
    for (const place of this.#columns.many.attachments) {
      const [, , name = '', ...url] = (cells[place] ?? '').split(';')
      if (name === '') continue
      this.#attachments += 1
      this.#warnings.add('attachments_left', name)
      card.notes.push(`Attachment: ${name} ${url.join(';')}`.trim())
    }
    for (const place of this.#columns.ignored)
      if ((cells[place] ?? '').trim() !== '') this.#left.add(this.#rows.header.names[place] ?? '')
  }

  /** Replaces account ids in mentions (`[~accountid:…]`) by `@name`, where the name is known. */
  #replaceMentions(text: string): string {
    return text.replace(/\[~(?:accountid:)?([^\][\s]{1,100})\]/g, (all, id: string) =>
      this.#names.has(id) ? `@${this.#names.get(id)}` : all,
    )
  }

  #dateReader(): (text: string) => FileTime | undefined {
    const order = this.#options.dates ?? chooseOrder(this.#numeric)
    return (text) => {
      if (text === '') return undefined
      const when = parseDate(text, order)
      if (when === undefined) this.#warnings.add('dates_unreadable', text)
      return when
    }
  }

  finish(): Board {
    const counts = new Map<string, number>()
    for (const { key } of this.#issues) counts.set(key, (counts.get(key) ?? 0) + 1)
    const wanted = foldName(this.#options.project ?? '')
    const byName = this.#issues.find(({ project }) => wanted !== '' && foldName(project) === wanted)
    const key = chooseProject(counts, byName?.key ?? this.#options.project, this.#warnings)
    const issues = this.#issues.filter((issue) => issue.key === key)
    const date = this.#dateReader()
    for (const issue of issues) this.#complete(issue, date)
    for (const name of this.#left) this.#warnings.add('headers_left', name)
    const labels = new Map<string, Label>(
      issues.flatMap(({ card }) => card.labels.map((name) => [name, { id: name, name, color: null }] as const)),
    )
    return {
      name: issues[0]?.project || key,
      description: '',
      key,
      columns: this.#boardColumnsOf(issues),
      cards: issues.map(({ card }) => card),
      people: [...this.#people.values()],
      labels: [...labels.values()],
      links: issues.flatMap(({ links }) => links),
      counts: { templates: 0, attachments: this.#attachments },
      warnings: this.#warnings,
    }
  }

  #ids: Map<string, string> | undefined

  /** Sets what needs the whole file: the order of its dates, the names of its people, and the ids of its issues. */
  #complete(
    { card, number, parent, dates, comments, status }: Issue,
    date: (text: string) => FileTime | undefined,
  ): void {
    this.#ids ??= new Map(this.#issues.map((issue) => [issue.id, issue.number]))
    card.column = foldName(status)
    card.created = date(dates.created)
    card.updated = date(dates.updated)
    card.completed = date(dates.completed) ?? (toPlainWords(dates.completed) === '' ? undefined : card.updated)
    setDays(card, dates, date)
    card.description = this.#replaceMentions(card.description)
    const above = parent.key || (parent.id === '' ? undefined : (this.#ids.get(parent.id) ?? parent.id))
    card.parent = above === number ? undefined : above
    for (const [n, text] of comments.splice(0).entries()) {
      const [, at = '', author = '', said = text] = /^([^;]*);([^;]*);([\s\S]*)$/.exec(text) ?? []
      card.comments.push({
        id: `${card.id}/${n}`,
        at: date(at.trim()),
        author: author.trim() || undefined,
        text: this.#replaceMentions(said),
      })
    }
  }

  /** One column for each status, in upper or lower case: by category, and then as they first appear. */
  #boardColumnsOf(issues: Issue[]): Board['columns'] {
    const states = Map.groupBy(issues, ({ status }) => foldName(status))
    const columns = [...states].map(([id, of]) => ({
      id,
      name: of.map(({ status }) => status).toSorted()[0] ?? '',
      category: this.#options.columns.get(id) ?? meaningOf(of),
    }))
    return columns.toSorted((a, b) => COLUMN_CATEGORIES.indexOf(a.category) - COLUMN_CATEGORIES.indexOf(b.category))
  }
}

function meaningOf(issues: Issue[]): Category {
  const { status = '', category = '' } = issues.find((issue) => issue.category !== '') ?? issues[0] ?? {}
  const named = categoryOf(status)
  if (category === '') return named
  const given = categoryOf(category)
  if (given === 'in_progress') return named === 'review' ? 'review' : 'in_progress'
  if (given === 'todo') return named === 'backlog' ? 'backlog' : 'todo'
  if (given !== 'done') return given
  return issues.every(({ resolution }) => CANCELLED.has(resolution)) || named === 'cancelled' ? 'cancelled' : 'done'
}
