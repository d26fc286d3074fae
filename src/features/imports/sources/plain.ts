import { invalidAt } from '../../../lib/errors.ts'
import { chooseOrder, isNumeric, parseIso, parseJsDate, parseNamed, parseNumeric } from '../dates.ts'
import { type Board, type Card, type Label, newCard, type Person, type When } from '../model.ts'
import type { Options } from '../options.ts'
import { setField } from '../values.ts'
import { Warnings } from '../warnings.ts'
import { categoryOf, foldText } from '../words.ts'
import { listOf, Rows } from './table.ts'

/** The headers that mean a field, unless map= names another for it. */
const GUESSES: Record<PlainField, string> = {
  title: 'title,name,summary,task,task name,card,card name,titel,aufgabe,titre,nom,titulo,nombre,titolo',
  status:
    'status,list,column,section,state,stage,bucket,bucket name,list name,progress,spalte,liste,etat,statut,estado,lista,colonna',
  description: 'description,notes,note,details,text,body,content,beschreibung,notizen,descripcion,descrizione',
  due_date: 'due date,due,deadline,due on,fallig,falligkeitsdatum,echeance,fecha de vencimiento,scadenza',
  start_date: 'start date,start,begin,startdatum,debut,inicio,inizio',
  labels: 'labels,label,tags,tag,categories,category,stichworter,etiquettes,etiquetas,etichette',
  assignee:
    'assignee,assigned to,assignees,owner,responsible,assignee email,bearbeiter,zugewiesen,responsable,asignado,assegnatario',
  created_at: 'created,created at,created on,creation date,created date,erstellt,cree le,creado,creato',
  updated_at: 'updated,updated at,modified,last modified,modified at,geandert,modifie le',
  completed_at: 'completed,completed at,completed date,done at,finished,closed at,erledigt am',
  parent: 'parent,parent id,parent task',
  id: 'id,key,task id,card id,number,nr',
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
  'parent',
  'id',
] as const
type PlainField = (typeof PLAIN_FIELDS)[number]
const DATES = ['due_date', 'start_date', 'created_at', 'updated_at', 'completed_at'] as const
const YES = new Set(['yes', 'true', 'x', '1', 'done', 'ja', 'oui', 'si'])

type Task = { card: Card; dates: Partial<Record<PlainField, string>>; n: number }

/** Reads any other CSV: a header, and one row for each task. */
export class PlainReader {
  readonly #options: Options
  readonly #warnings = new Warnings()
  readonly #rows: Rows
  readonly #columns: Partial<Record<PlainField, number>>
  readonly #rest: number[]
  readonly #tasks: Task[] = []
  readonly #states = new Map<string, string>()
  readonly #people = new Map<string, Person>()
  readonly #labels = new Map<string, Label>()

  constructor(header: string[], options: Options) {
    this.#options = options
    const names = header.map(foldText)
    const mapped = PLAIN_FIELDS.map(
      (field) => [field, names.findIndex((name) => options.fields.get(name) === field)] as const,
    )
    const taken = new Set(names.flatMap((name, at) => (options.fields.has(name) ? [at] : [])))
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
        `has no header that means the title of a task. It has: ${shown}. Say which by map={"fields": {"<header>": "title"}}`,
      )
    }
    this.#rows = new Rows(header, this.#warnings, options.keep, this.#columns.id)
    const used = new Set(Object.values(this.#columns))
    this.#rest = names.flatMap((name, at) => (used.has(at) || name === '' ? [] : [at]))
  }

  takeRow(given: string[], n: number): void {
    const cells = this.#rows.accept(given, n)
    if (!cells) return
    const cell = (name: PlainField) => {
      const at = this.#columns[name]
      return at === undefined ? '' : (cells[at] ?? '').trim()
    }
    const status = cell('status') || 'To do'
    const card = newCard(cell('id') || `row ${n}`, {
      title: cell('title'),
      description: cell('description'),
      order: [n],
      column: foldText(status) || status,
      labels: listOf(cell('labels'), /[,;|]/),
      parent: cell('parent') || undefined,
      people: listOf(cell('assignee'), /[,;|]/).map((name) => this.#personOf(name)),
    })
    if (!this.#states.has(card.column)) this.#states.set(card.column, status)
    for (const name of card.labels) this.#labels.set(name, { id: name, name, color: null })
    for (const at of this.#rest)
      setField(card, this.#rows.header.names[at] ?? '', cells[at] ?? '', this.#options.fields, this.#warnings)
    const dates = Object.fromEntries(DATES.map((field) => [field, cell(field)]))
    this.#tasks.push({ card, dates, n })
  }

  #personOf(name: string): string {
    const id = name.toLowerCase()
    if (!this.#people.has(id)) this.#people.set(id, { id, name, ...(name.includes('@') && { email: name }) })
    return id
  }

  finish(): Board {
    if (this.#tasks.length === 0) throw invalidAt('body', 'has a header, and no task')
    this.#warnings.add('comments_none')
    const numeric = this.#tasks.flatMap(({ dates }) => Object.values(dates).filter(isNumeric))
    const order = this.#options.dates ?? chooseOrder(numeric)
    const date = (text = ''): When | undefined => {
      if (text === '') return undefined
      const when = parseIso(text) ?? parseJsDate(text) ?? parseNamed(text) ?? (order && parseNumeric(text, order))
      if (when === undefined) this.#warnings.add('dates_unreadable', text)
      return when
    }
    this.#linkParents()
    for (const { card, dates } of this.#tasks) {
      card.due = date(dates.due_date)
      card.start = date(dates.start_date)
      card.updated = date(dates.updated_at)
      card.complete = YES.has(foldText(dates.completed_at ?? ''))
      card.completed = card.complete ? undefined : date(dates.completed_at)
      card.created = date(dates.created_at) ?? this.#guessCreated(card)
    }
    return {
      name: 'Imported tasks',
      description: '',
      columns: [...this.#states].map(([id, name]) => ({ id, name, category: categoryOf(name) })),
      cards: this.#tasks.map(({ card }) => card),
      people: [...this.#people.values()],
      labels: [...this.#labels.values()],
      links: [],
      counts: { templates: 0, attachments: 0 },
      warnings: this.#warnings,
    }
  }

  /** Replaces a missing time of creation: the earliest other time of the card; undefined if it has none. */
  #guessCreated({ start, due, updated, completed }: Card): When | undefined {
    return [start, updated, completed, due].filter((when) => when !== undefined).toSorted()[0]
  }

  /** A parent may be named by its title: replaces that by the id. */
  #linkParents(): void {
    const ids = new Set(this.#tasks.map(({ card }) => card.id))
    const titles = new Map(this.#tasks.map(({ card }) => [card.title, card.id]))
    for (const { card } of this.#tasks)
      if (card.parent !== undefined && !ids.has(card.parent)) card.parent = titles.get(card.parent) ?? card.parent
  }
}
