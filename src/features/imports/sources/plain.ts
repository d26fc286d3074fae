import { COLUMN_CATEGORIES } from '../../../db/schema.ts'
import { invalidAt } from '../../../lib/errors.ts'
import { removeApostrophe } from '../../reports/csv.ts'
import { COLUMNS } from '../../task-csv/schema.ts'
import { chooseOrder, isNumeric, parseDate } from '../dates.ts'
import { type Board, type Card, type Category, type FileTime, type Label, newCard, type Person } from '../model.ts'
import type { ImportOptions } from '../options.ts'
import { setDays, setField } from '../values.ts'
import { Warnings } from '../warnings.ts'
import { categoryOf, foldName, toPlainWords } from '../words.ts'
import { nameAndEmailOf, Rows, splitCell } from './table.ts'

/** The headers that mean a field, unless map= names another for it. */
const GUESSES: Record<PlainField, string> = {
  title: 'title,name,summary,subject,task,task name,card,card name,titel,aufgabe,titre,nom,titulo,nombre,titolo',
  status:
    'column,list,section,spalte,liste,lista,colonna,status,state,stage,bucket,bucket name,list name,progress,etat,statut,estado',
  description: 'description,notes,note,details,text,body,content,beschreibung,notizen,descripcion,descrizione',
  due_date: 'due date,due,deadline,due on,target date,fallig,falligkeitsdatum,echeance,fecha de vencimiento,scadenza',
  start_date: 'start date,start,begin,startdatum,debut,inicio,inizio',
  labels: 'labels,label,tags,tag,categories,category,stichworter,etiquettes,etiquetas,etichette',
  assignee:
    'assignee,assigned to,assignees,owner,responsible,assignee email,bearbeiter,zugewiesen,responsable,asignado,assegnatario',
  created_at: 'created,created at,created on,creation date,created date,erstellt,cree le,creado,creato',
  updated_at: 'updated,updated at,modified,last modified,modified at,geandert,modifie le',
  completed_at: 'completed,completed at,completed date,done at,finished,closed at,resolved,erledigt am',
  started_at: 'started at,started on',
  archived_at: 'archived at,archived,archived on',
  parent: 'parent,parent id,parent task',
  id: 'id,key,task id,issue id,card id,number,nr',
}
const PLAIN_FIELDS = [
  'title',
  'status',
  'description',
  'due_date',
  'start_date',
  'labels',
  'assignee',
  'created_at',
  'updated_at',
  'completed_at',
  'started_at',
  'archived_at',
  'parent',
  'id',
] as const
type PlainField = (typeof PLAIN_FIELDS)[number]
const DATES = [
  'due_date',
  'start_date',
  'created_at',
  'updated_at',
  'completed_at',
  'started_at',
  'archived_at',
] as const
const YES = new Set(['yes', 'true', 'x', '1', 'done', 'ja', 'oui', 'si'])
const NO = new Set(['', 'no', 'false', '0', 'nein', 'non'])

/** What a cell of yes or no says; undefined for any other text. */
function flagOf(cell = ''): boolean | undefined {
  const word = toPlainWords(cell)
  return YES.has(word) || (NO.has(word) ? false : undefined)
}

/** The parts of a list in a cell of our own table. A semicolon of a part's own is doubled there. */
const splitOurs = (cell: string) =>
  splitCell(cell.replaceAll(';;', '\0'), '; ').map((part) => part.replaceAll('\0', ';')) // no cell has a NUL

/** Columns of our own table of tasks that are not read as those of others. The counts are of what it does not have. */
const OWN_NAMES = new Set(['project', 'category', 'comment_count', 'checklist_done', 'checklist_total'])

type Task = {
  card: Card
  dates: Partial<Record<PlainField, string>>
  status: string
  /** The category of its column, as our own table has it. */
  category: Category | undefined
  project: string
}

function setDates({ card, dates }: Task, date: (text?: string) => FileTime | undefined): void {
  setDays(card, { start: dates.start_date, due: dates.due_date }, date)
  card.created = date(dates.created_at)
  card.updated = date(dates.updated_at)
  card.started = date(dates.started_at)
  card.complete = flagOf(dates.completed_at)
  card.completed = card.complete === undefined ? date(dates.completed_at) : undefined
  const archived = flagOf(dates.archived_at)
  const at = archived === undefined ? date(dates.archived_at) : undefined
  if (archived || at !== undefined) card.archived = { at }
}

/** Reads any other CSV, such as our own table of tasks: a header, and one row for each task. */
export class PlainReader {
  readonly #options: ImportOptions
  readonly #warnings = new Warnings()
  readonly #rows: Rows
  readonly #columns: Partial<Record<PlainField, number>>
  readonly #rest: number[]
  readonly #isOurs: boolean
  readonly #tasks: Task[] = []
  readonly #people = new Map<string, Person>()
  readonly #labels = new Map<string, Label>()

  constructor(header: string[], options: ImportOptions) {
    this.#options = options
    const names = header.map(toPlainWords)
    const mapped = PLAIN_FIELDS.map(
      (field) => [field, header.findIndex((name) => options.fields.get(foldName(name)) === field)] as const,
    )
    const taken = new Set(header.flatMap((name, at) => (options.fields.has(foldName(name)) ? [at] : [])))
    this.#columns = {}
    for (const [field, at] of mapped) {
      const guess = GUESSES[field]
        .split(',')
        .map((name) => names.findIndex((other, place) => other === name && !taken.has(place)))
      const place = at >= 0 ? at : (guess.find((found) => found >= 0) ?? -1)
      if (place < 0) continue
      this.#columns[field] = place
      taken.add(place)
    }
    if (this.#columns.title === undefined) {
      const shown = header.join(', ').slice(0, 3_000)
      throw invalidAt(
        'body',
        `has no header that means the title of a task. It has: ${shown}. Choose one with map={"fields": {"<header>": "title"}}`,
      )
    }
    this.#rows = new Rows(header, this.#warnings, options.keep, this.#columns.id)
    const used = new Set(Object.values(this.#columns))
    this.#isOurs = COLUMNS.every((name, at) => header[at]?.trim() === name)
    this.#rest = this.#rows.header.names.flatMap((name, at) =>
      used.has(at) || name === '' || (this.#isOurs && OWN_NAMES.has(name)) ? [] : [at],
    )
  }

  takeRow(given: string[], n: number): void {
    const accepted = this.#rows.accept(given, n)
    if (!accepted) return
    const cells = this.#isOurs ? accepted.map(removeApostrophe) : accepted
    const ours = (name: (typeof COLUMNS)[number]) => (this.#isOurs ? (cells[COLUMNS.indexOf(name)] ?? '') : '')
    const textOf = (name: PlainField) => cells[this.#columns[name] ?? -1] ?? ''
    const cell = (name: PlainField) => textOf(name).trim()
    const list = (name: PlainField, split: (cell: string) => string[]) =>
      this.#isOurs ? splitOurs(cell(name)) : split(cell(name).replace(/^\[([^[\]]*)\]$/, '$1')) // ClickUp: [a,b]
    const status = cell('status') || 'To do'
    const card = newCard(cell('id') || `row ${n}`, {
      title: cell('title'),
      description: textOf('description'),
      order: [n],
      column: foldName(status) || status,
      labels: list('labels', (text) => splitCell(text, /[,;|]/)),
      parent: cell('parent') || undefined,
      people: list('assignee', (text) => this.#splitPeople(text)).map((name) => this.#personOf(name)),
    })
    for (const name of card.labels) this.#labels.set(name, { id: name, name, color: null })
    for (const at of this.#rest)
      setField(card, this.#rows.header.names[at] ?? '', cells[at] ?? '', this.#options, this.#warnings)
    const dates = Object.fromEntries(DATES.map((field) => [field, cell(field)]))
    const category = COLUMN_CATEGORIES.find((known) => known === ours('category'))
    this.#tasks.push({ card, dates, status, category, project: ours('project') })
  }

  /** A comma is part of a name that map= has, or that stands before an address: `Doe, Jane <jane@example.com>`. */
  #splitPeople(cell: string): string[] {
    const isMapped = (name: string) => this.#options.people.has(foldName(name))
    return splitCell(cell.replace(/> *,/g, '>;'), /[;|]/).flatMap((part) =>
      isMapped(part) || part.endsWith('>') ? [part] : splitCell(part),
    )
  }

  #personOf(name: string): string {
    const id = name.toLowerCase()
    if (!this.#people.has(id)) this.#people.set(id, { id, ...nameAndEmailOf(name) })
    return id
  }

  finish(): Board {
    if (this.#tasks.length === 0) throw invalidAt('body', 'has a header, but no tasks below it: export the tasks again')
    this.#warnings.add('comments_none')
    const numeric = this.#tasks.flatMap(({ dates }) => Object.values(dates).filter(isNumeric))
    const order = this.#options.dates ?? chooseOrder(numeric)
    const date = (text = ''): FileTime | undefined => {
      if (text === '') return undefined
      const when = parseDate(text, order)
      if (when === undefined) this.#warnings.add('dates_unreadable', text)
      return when
    }
    this.#linkParents()
    for (const task of this.#tasks) setDates(task, date)
    return {
      name: this.#nameProject(),
      description: '',
      columns: this.#placeCards(),
      cards: this.#tasks.map(({ card }) => card),
      people: [...this.#people.values()],
      labels: [...this.#labels.values()],
      links: [],
      counts: { templates: 0, attachments: 0 },
      warnings: this.#warnings,
    }
  }

  /**
   * Puts each card into a column, and returns the columns as they first appear; those of our own table by category, as
   * it may have several of one name. A row without a category belongs to the first column of its name.
   */
  #placeCards(): Board['columns'] {
    const stated = new Map(
      this.#tasks.toReversed().flatMap(({ card, category }) => (category ? [[card.column, category]] : [])),
    )
    const columns = new Map<string, { id: string; name: string; category: Category }>()
    for (const { card, status, category = stated.get(card.column) } of this.#tasks) {
      const id = `${card.column}\0${category ?? ''}`
      if (!columns.has(id)) {
        const meant = this.#options.columns.get(card.column) ?? category ?? categoryOf(status)
        columns.set(id, { id, name: status, category: meant })
      }
      card.column = id
    }
    const all = [...columns.values()]
    if (this.#isOurs) all.sort((a, b) => COLUMN_CATEGORIES.indexOf(a.category) - COLUMN_CATEGORIES.indexOf(b.category))
    return all
  }

  /** The name of the only project of our own table. If it has several, each card says which it was in. */
  #nameProject(): string {
    const projects = new Set(this.#tasks.map(({ project }) => project))
    const [name] = projects
    if (projects.size === 1 && name) return name
    if (this.#isOurs) for (const { card, project } of this.#tasks) card.notes.push(`Project: ${project}`)
    return 'Imported tasks'
  }

  /** A parent may be named by its title: replaces that by the id. */
  #linkParents(): void {
    const ids = new Set(this.#tasks.map(({ card }) => card.id))
    const titles = new Map(this.#tasks.map(({ card }) => [card.title, card.id]))
    for (const { card } of this.#tasks)
      if (card.parent !== undefined && !ids.has(card.parent)) card.parent = titles.get(card.parent) ?? card.parent
  }
}
