import * as z from 'zod'
import { parseIso } from '../dates.ts'
import { type Board, type Card, type FileTime, newCard, type Person } from '../model.ts'
import type { ImportOptions } from '../options.ts'
import { setDays, setField } from '../values.ts'
import { Warnings } from '../warnings.ts'

/* The JSON export of a WeKan board (`wekan-board-1.0.0`): flat arrays, which are not always consistent. */

const text = z.string().catch('')
const optionalText = z.string().nullish().catch(null)
/** A sort may be negative, fractional, a string, or missing. */
const sort = z.coerce.number().nullable().catch(null)
const flag = z.boolean().nullish().catch(null)
const id = z.string().min(1)
const ids = z.array(z.string()).catch([])

const List = z.object({
  _id: id,
  title: text,
  sort,
  archived: flag,
  wipLimit: z
    .object({ value: z.number().int().min(1), enabled: flag, soft: flag })
    .nullish()
    .catch(null),
})
const Swimlane = z.object({ _id: id, sort, archived: flag })
const LabelShape = z.object({ _id: id, name: text, color: optionalText })
const CardShape = z.object({
  _id: id,
  type: text,
  title: text,
  description: text,
  listId: text,
  swimlaneId: text,
  sort,
  archived: flag,
  archivedAt: optionalText,
  createdAt: optionalText,
  modifiedAt: optionalText,
  dateLastActivity: optionalText,
  startAt: optionalText,
  dueAt: optionalText,
  endAt: optionalText,
  parentId: optionalText,
  userId: optionalText,
  members: ids,
  assignees: ids,
  labelIds: ids,
  customFields: z.array(z.object({ _id: text, value: z.unknown() })).catch([]),
  spentTime: z.number().nullish().catch(null),
  requestedBy: optionalText,
  assignedBy: optionalText,
  receivedAt: optionalText,
  vote: z.object({ question: text, positive: ids, negative: ids }).nullish().catch(null),
  poker: z
    .object({ estimation: z.number().nullish().catch(null) })
    .nullish()
    .catch(null),
})
type RawCard = z.infer<typeof CardShape>
const CommentShape = z.object({ _id: id, cardId: text, text, createdAt: optionalText, userId: optionalText })
const ChecklistShape = z.object({ _id: id, cardId: text, title: text, sort })
const ItemShape = z.object({ checklistId: text, cardId: text, title: text, sort, isFinished: flag })
const User = z.object({ _id: id, username: text, profile: z.object({ fullname: text }).catch({ fullname: '' }) })
const CustomField = z.object({
  _id: id,
  name: text,
  settings: z
    .object({ dropdownItems: z.array(z.object({ _id: text, name: text })).catch([]) })
    .catch({ dropdownItems: [] }),
})
const Attachment = z.object({ cardId: text, name: text })

const bySort = (a: { sort: number | null }, b: { sort: number | null }) =>
  (a.sort ?? Number.MAX_VALUE) - (b.sort ?? Number.MAX_VALUE)

export class WekanReader {
  readonly #options: ImportOptions
  readonly #warnings = new Warnings()
  readonly #scalars = new Map<string, string>()
  readonly #lists: z.infer<typeof List>[] = []
  readonly #swimlanes = new Map<string, z.infer<typeof Swimlane>>()
  readonly #labels = new Map<string, z.infer<typeof LabelShape>>()
  readonly #cards = new Map<string, RawCard>()
  readonly #comments: z.infer<typeof CommentShape>[] = []
  readonly #checklists: z.infer<typeof ChecklistShape>[] = []
  readonly #items: z.infer<typeof ItemShape>[] = []
  readonly #people = new Map<string, Person>()
  readonly #fields = new Map<string, z.infer<typeof CustomField>>()
  readonly #attachments: z.infer<typeof Attachment>[] = []
  readonly #subtasks: RawCard[] = []

  constructor(options: ImportOptions) {
    this.#options = options
  }

  get recognised(): boolean {
    return this.#lists.length > 0 || this.#cards.size > 0
  }

  take(group: string, value: unknown): void {
    if (typeof value === 'string') {
      this.#scalars.set(group, this.#options.keep(value))
      return
    }
    if (group === 'checklistItems' || group === 'checklists') this.#options.keep(JSON.stringify(value))
    const parse = <S extends z.ZodType>(shape: S) => shape.safeParse(value).data
    if (group === 'lists') this.#lists.push(...toList(parse(List)))
    else if (group === 'swimlanes') for (const lane of toList(parse(Swimlane))) this.#swimlanes.set(lane._id, lane)
    else if (group === 'labels') for (const label of toList(parse(LabelShape))) this.#labels.set(label._id, label)
    else if (group === 'cards') for (const card of toList(parse(CardShape))) this.#takeCard(card)
    else if (group === 'subtaskItems') this.#subtasks.push(...toList(parse(CardShape)))
    else if (group === 'comments')
      for (const comment of toList(parse(CommentShape)))
        this.#comments.push({ ...comment, text: this.#options.keep(comment.text) })
    else if (group === 'checklists') this.#checklists.push(...toList(parse(ChecklistShape)))
    else if (group === 'checklistItems') this.#items.push(...toList(parse(ItemShape)))
    else if (group === 'customFields')
      for (const field of toList(parse(CustomField))) this.#fields.set(field._id, field)
    else if (group === 'attachments') this.#attachments.push(...toList(parse(Attachment)))
    else if (group === 'users') for (const user of toList(parse(User))) this.#takeUser(user)
  }

  #takeCard(card: RawCard): void {
    this.#options.keep(JSON.stringify(card))
    if (this.#cards.has(card._id)) this.#warnings.add('rows_repeated', card.title)
    else this.#cards.set(card._id, card)
  }

  #takeUser({ _id, username, profile }: z.infer<typeof User>): void {
    this.#people.set(_id, { id: _id, name: profile.fullname || username })
    this.#options.alias(_id, username)
  }

  /** undefined for no date, and for one that cannot be read, which is counted. */
  #dateOf(text: string | null | undefined): FileTime | undefined {
    const when = text ? parseIso(text) : undefined
    if (text && when === undefined) this.#warnings.add('dates_unreadable', text)
    return when
  }

  finish(): Board {
    for (const card of this.#subtasks) if (!this.#cards.has(card._id)) this.#cards.set(card._id, card)
    const templates = new Set<string>()
    const cards = new Map<string, Card>()
    for (const [id, raw] of this.#cards) {
      if (raw.type !== 'template-card') cards.set(id, this.#cardOf(raw))
      else {
        templates.add(id)
        this.#warnings.add('templates_left', raw.title)
      }
    }
    this.#attachComments(cards, templates)
    this.#attachChecklists(cards, templates)
    const attachments = this.#attachments.filter(({ cardId }) => !templates.has(cardId))
    for (const { cardId, name } of attachments) {
      cards.get(cardId)?.notes.push(`Attachment: ${name}`)
      this.#warnings.add('attachments_left', name)
    }
    return {
      name: this.#scalars.get('title') ?? '',
      description: this.#scalars.get('description') ?? '',
      columns: this.#lists
        .toSorted((a, b) => bySort(a, b) || (a._id < b._id ? -1 : 1))
        .map(({ _id, title, archived, wipLimit }) => ({
          id: _id,
          name: title,
          archived: archived === true,
          ...(wipLimit?.enabled && {
            wip_limit: wipLimit.value,
            wip_mode: wipLimit.soft ? ('warn' as const) : ('block' as const),
          }),
        })),
      cards: [...cards.values()],
      people: [...this.#people.values()],
      labels: [...this.#labels.values()].map(({ _id, name, color }) => ({ id: _id, name, color: color ?? null })),
      links: [],
      counts: { templates: templates.size, attachments: attachments.length },
      warnings: this.#warnings,
    }
  }

  #cardOf(raw: RawCard): Card {
    const lane = this.#swimlanes.get(raw.swimlaneId)
    const card = newCard(raw._id, {
      title: raw.title,
      description: raw.description,
      column: raw.listId,
      order: [lane?.sort ?? null, raw.sort],
      created: this.#dateOf(raw.createdAt),
      updated: this.#dateOf(raw.modifiedAt) ?? this.#dateOf(raw.dateLastActivity),
      completed: this.#dateOf(raw.endAt),
      parent: raw.parentId || undefined,
      people: [...new Set([...raw.members, ...raw.assignees])],
      labels: raw.labelIds,
      created_by: raw.userId ?? undefined,
    })
    setDays(card, { start: raw.startAt, due: raw.dueAt }, (text) => this.#dateOf(text))
    if (raw.archived || lane?.archived) card.archived = { at: this.#dateOf(raw.archivedAt) }
    card.people = card.people.filter((person) => {
      if (!this.#people.has(person)) this.#warnings.add('unknown_people', person)
      return this.#people.has(person)
    })
    this.#readFacts(raw, card)
    for (const { _id, value } of raw.customFields) {
      const field = this.#fields.get(_id)
      if (value === null || value === undefined || value === '') continue
      const shown = field?.settings.dropdownItems.find((item) => item._id === value)?.name ?? value
      if (field) setField(card, field.name, String(shown), this.#options, this.#warnings)
      else this.#warnings.add('fields_unknown', String(shown))
    }
    return card
  }

  #readFacts({ spentTime, requestedBy, assignedBy, receivedAt, vote, poker }: RawCard, card: Card): void {
    const votes = vote?.question && `${vote.question} (${vote.positive.length} for, ${vote.negative.length} against)`
    const facts = {
      'Spent time (hours)': spentTime || '',
      'Requested by': requestedBy,
      'Assigned by': assignedBy,
      Received: receivedAt,
      Vote: votes,
      'Poker estimation': poker?.estimation,
    }
    for (const [name, fact] of Object.entries(facts))
      setField(card, name, String(fact ?? ''), this.#options, this.#warnings)
  }

  #attachComments(cards: Map<string, Card>, templates: ReadonlySet<string>): void {
    for (const { _id, cardId, text, createdAt, userId } of this.#comments) {
      const card = cards.get(cardId)
      if (card) card.comments.push({ id: _id, text, author: userId ?? undefined, at: this.#dateOf(createdAt) })
      else if (!templates.has(cardId)) this.#warnings.add('comments_orphaned', text)
    }
  }

  #attachChecklists(cards: Map<string, Card>, templates: ReadonlySet<string>): void {
    const items = Map.groupBy(this.#items.toSorted(bySort), ({ checklistId }) => checklistId)
    for (const { _id, cardId, title } of this.#checklists.toSorted(bySort)) {
      const own = (items.get(_id) ?? []).map((item) => ({ text: item.title, done: item.isFinished === true }))
      const card = cards.get(cardId)
      if (card) card.checklists.push({ title, items: own })
      else if (!templates.has(cardId)) this.#warnings.add('checklists_orphaned', title)
      items.delete(_id)
    }
    for (const rest of items.values()) this.#warnings.add('checklists_orphaned', rest[0]?.title, rest.length)
  }
}

const toList = <T>(value: T | undefined): T[] => (value === undefined ? [] : [value])
