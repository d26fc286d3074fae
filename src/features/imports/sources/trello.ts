import * as z from 'zod'
import { compareTexts } from '../../../lib/compare.ts'
import { cutText } from '../../../lib/cut-text.ts'
import { parseIso } from '../dates.ts'
import {
  type Board,
  type Card,
  type Comment,
  type FileTime,
  type Label,
  type Move,
  newCard,
  type Person,
} from '../model.ts'
import { ACTION_BYTES, type ImportOptions } from '../options.ts'
import { toOneLine } from '../text.ts'
import { setDays, setField } from '../values.ts'
import { Warnings } from '../warnings.ts'

/*
 * The JSON export of a Trello board. Its arrays come in any order, and actions before the cards that they are about:
 * until the end of the file, only the needed fields of each are kept.
 */

/** An export has at most this many actions. If it has exactly as many, older ones are taken to be missing. */
const MAX_ACTIONS = 1_000
const BIRTHS = new Set(['createCard', 'copyCard', 'convertToCardFromCheckItem', 'moveCardToBoard', 'emailCard'])
const COMMENTS = new Set(['commentCard', 'copyCommentCard'])

const text = z.string().catch('')
const optionalText = z.string().nullish().catch(null)
const number = z.coerce.number().catch(0)
const flag = z.boolean().nullish().catch(null)
const list = <S extends z.ZodType>(item: S) =>
  z
    .array(z.unknown())
    .catch([])
    .transform((all) => all.flatMap((one) => item.safeParse(one).data ?? []) as z.output<S>[])
const id = z.string().min(1)

const List = z.object({
  id,
  name: text,
  closed: flag,
  pos: number,
  softLimit: z.number().int().min(1).nullish().catch(null),
})
const LabelShape = z.object({ id, name: text, color: optionalText })
const Member = z.object({ id, fullName: text, username: text })
const Attachment = z.object({ name: text, url: text, isUpload: flag })
const FieldValue = z.object({
  idCustomField: text,
  idValue: optionalText,
  value: z.record(z.string(), z.unknown()).nullish().catch(null),
})
const CardShape = z.object({
  id,
  name: text,
  desc: text,
  closed: flag,
  isTemplate: flag,
  idList: text,
  pos: number,
  shortLink: text,
  start: optionalText,
  due: optionalText,
  dueComplete: flag,
  dateLastActivity: optionalText,
  dateCompleted: optionalText,
  dateClosed: optionalText,
  idMembers: list(id),
  idLabels: list(id),
  labels: list(LabelShape),
  badges: z.object({ comments: number }).catch({ comments: 0 }),
  attachments: list(Attachment),
  customFieldItems: list(FieldValue),
  address: text,
  locationName: text,
  coordinates: z
    .union([z.string(), z.record(z.string(), z.unknown()).transform((both) => Object.values(both).join(', '))])
    .catch(''),
})
type RawCard = z.infer<typeof CardShape>
const CheckItem = z.object({ name: text, state: text, pos: number, due: optionalText, idMember: optionalText })
const ChecklistShape = z.object({ id, name: text, idCard: text, pos: number, checkItems: list(CheckItem) })
const CustomField = z.object({
  id,
  name: text,
  options: list(z.object({ id, value: z.object({ text }).catch({ text: '' }) })),
})
const Ref = z.object({ id }).nullish().catch(null)
const Action = z.object({
  id: text,
  type: text,
  date: text,
  idMemberCreator: optionalText,
  memberCreator: z.object({ id, fullName: text, username: text }).nullish().catch(null),
  data: z.object({
    card: Ref,
    list: Ref,
    listBefore: Ref,
    listAfter: Ref,
    text: optionalText,
    dateLastEdited: optionalText,
    idOriginalCommenter: optionalText,
    old: z.object({ dueComplete: flag, closed: flag }).nullish().catch(null),
    cardClosed: flag,
  }),
})
type RawAction = z.infer<typeof Action>

/** What actions say of one card. */
type Past = {
  first_column?: string
  by?: string
  moves: (Move & { id: string; from: string })[]
  completed?: string
  /** When it was archived (closed), and brought back. */
  closings: { id: string; at: string; closed: boolean }[]
  comments: Comment[]
}

const newPast = (): Past => ({ moves: [], closings: [], comments: [] })

/** The order of actions. */
const byTime = (a: { at: string; id: string }, b: { at: string; id: string }) =>
  compareTexts(a.at, b.at) || compareTexts(a.id, b.id)

/** When the object of an id was made: its first 8 digits are Unix seconds in hexadecimal. undefined for other ids. */
const createdAtOf = (id: string) =>
  /^[0-9a-f]{24}$/i.test(id) ? new Date(Number.parseInt(id.slice(0, 8), 16) * 1000).toISOString() : undefined

/** Removes the titles that Trello's editor puts into links: of previews (`smartCard-inline`), and an invisible one. */
const removeLinkTitles = (desc: string) => desc.replace(/ "(?:smartCard-[a-z]+|\u200c)"(?=\))/g, '')

export class TrelloReader {
  readonly #options: ImportOptions
  readonly #warnings = new Warnings()
  readonly #scalars = new Map<string, string>()
  readonly #lists: z.infer<typeof List>[] = []
  readonly #cards: RawCard[] = []
  readonly #labels = new Map<string, Label>()
  readonly #people = new Map<string, Person>()
  readonly #checklists: z.infer<typeof ChecklistShape>[] = []
  readonly #fields = new Map<string, z.infer<typeof CustomField>>()
  readonly #pasts = new Map<string, Past>()
  #actions = 0
  #attachments = 0

  constructor(options: ImportOptions) {
    this.#options = options
  }

  /** Whether the file has lists or cards, as a board of Trello has. */
  get recognised(): boolean {
    return this.#lists.length > 0 || this.#cards.length > 0
  }

  take(group: string, value: unknown): void {
    const keep = <S extends z.ZodType>(shape: S, into: z.output<S>[]) => {
      const { data } = shape.safeParse(value)
      if (data === undefined) return
      this.#options.keep(JSON.stringify(data))
      into.push(data)
    }
    if (typeof value === 'string') this.#scalars.set(group, this.#options.keep(value))
    else if (group === 'lists') keep(List, this.#lists)
    else if (group === 'cards') this.#takeCard(value)
    else if (group === 'labels') this.#takeLabel(LabelShape.safeParse(value).data)
    else if (group === 'checklists') keep(ChecklistShape, this.#checklists)
    else if (group === 'members') this.#takePerson(Member.safeParse(value).data)
    else if (group === 'actions') this.#takeAction(Action.safeParse(value).data)
    else if (group === 'customFields') {
      const { data } = CustomField.safeParse(value)
      if (data) this.#fields.set(data.id, data)
    }
  }

  #takeCard(value: unknown): void {
    const { data } = CardShape.safeParse(value)
    if (!data) return
    this.#options.keep(JSON.stringify(data))
    this.#cards.push(data)
  }

  #takeLabel(label: z.infer<typeof LabelShape> | undefined): void {
    if (label && !this.#labels.has(label.id)) this.#labels.set(label.id, { ...label, color: label.color ?? null })
  }

  #takePerson(member: z.infer<typeof Member> | null | undefined): void {
    if (!member) return
    this.#people.set(member.id, { id: member.id, name: member.fullName || member.username })
    this.#options.alias(member.id, member.username)
  }

  #pastOf(card: string): Past {
    const past = this.#pasts.get(card) ?? newPast()
    this.#pasts.set(card, past)
    return past
  }

  #takeAction(action: RawAction | undefined): void {
    this.#actions += 1
    const card = action?.data.card?.id
    if (!action || card === undefined) return
    const { type, data, date } = action
    const at = this.#dateOf(date)
    if (!this.#people.has(action.memberCreator?.id ?? '')) this.#takePerson(action.memberCreator)
    const by = action.idMemberCreator ?? undefined
    if (COMMENTS.has(type)) this.#takeComment(action, at, this.#pastOf(card))
    if (at === undefined) return
    this.#options.keep('', ACTION_BYTES)
    const past = this.#pastOf(card)
    if (BIRTHS.has(type) && data.list) Object.assign(past, { first_column: data.list.id, by })
    else if (type === 'updateCard' && data.listAfter && data.listBefore)
      past.moves.push({ id: action.id, at, column: data.listAfter.id, from: data.listBefore.id, by })
    else if (type === 'updateCard' && data.old?.dueComplete === false) past.completed = later(past.completed, at)
    else if (type === 'updateCard' && typeof data.old?.closed === 'boolean')
      past.closings.push({ id: action.id, at, closed: !data.old.closed })
  }

  #takeComment({ id, idMemberCreator, data }: RawAction, at: FileTime | undefined, past: Past): void {
    past.comments.push({
      id,
      author: data.idOriginalCommenter ?? idMemberCreator ?? undefined,
      at,
      edited: this.#dateOf(data.dateLastEdited),
      text: this.#options.keep(data.text ?? ''),
    })
  }

  /** undefined for no date, and for one that cannot be read, which is counted. */
  #dateOf(text: string | null | undefined): FileTime | undefined {
    const when = text ? parseIso(text) : undefined
    if (text && when === undefined) this.#warnings.add('dates_unreadable', text)
    return when
  }

  finish(): Board {
    const templates = this.#cards.filter(({ isTemplate }) => isTemplate)
    const raws = this.#cards.filter(({ isTemplate }) => !isTemplate)
    this.#warnings.add('templates_left', templates.map(({ name }) => name).join(', '), templates.length)
    if (this.#actions === MAX_ACTIONS) this.#warnings.add('history_cut')
    const cards = new Map(raws.map((raw) => [raw.id, this.#cardOf(raw)]))
    this.#attachChecklists(cards, new Set(templates.map(({ id }) => id)))
    const known = new Set(this.#cards.map(({ id }) => id))
    for (const [card, { comments }] of this.#pasts)
      if (!known.has(card)) this.#warnings.add('comments_orphaned', comments[0]?.text, comments.length)
    return {
      name: this.#scalars.get('name') ?? '',
      description: this.#scalars.get('desc') ?? '',
      columns: this.#lists
        .toSorted((a, b) => a.pos - b.pos || (a.id < b.id ? -1 : 1))
        .map(({ id, name, closed, softLimit }) => ({
          id,
          name,
          archived: closed === true,
          ...(softLimit && { wip_limit: softLimit }),
        })),
      cards: [...cards.values()],
      people: [...this.#people.values()],
      labels: [...this.#labels.values()],
      links: this.#linksOf(raws),
      counts: { templates: templates.length, attachments: this.#attachments },
      warnings: this.#warnings,
    }
  }

  #cardOf(raw: RawCard): Card {
    const past: Past = this.#pasts.get(raw.id) ?? newPast()
    const moves = past.moves.toSorted(byTime)
    const { returns, closed } = archivalsOf(past)
    const card = newCard(raw.id, {
      title: raw.name,
      description: removeLinkTitles(raw.desc),
      column: raw.idList,
      order: [raw.pos],
      created: createdAtOf(raw.id),
      updated: this.#dateOf(raw.dateLastActivity),
      completed: this.#dateOf(raw.dateCompleted) ?? (raw.dueComplete ? past.completed : undefined),
      complete: raw.dueComplete === true,
      people: raw.idMembers,
      labels: this.#labelsOf(raw),
      comments: past.comments.toSorted((a, b) => compareTexts(a.id, b.id)),
      first_column: moves[0]?.from ?? past.first_column,
      created_by: past.by,
      returns,
      moves,
    })
    setDays(card, raw, (text) => this.#dateOf(text))
    if (raw.closed) card.archived = { at: this.#dateOf(raw.dateClosed) ?? closed }
    for (const person of raw.idMembers) if (!this.#people.has(person)) this.#warnings.add('unknown_people', person)
    const missing = raw.badges.comments - past.comments.length
    this.#warnings.add('comments_missing', raw.name, Math.max(0, missing))
    const place = [raw.locationName, raw.address, raw.coordinates].filter(Boolean).join(', ')
    setField(card, 'Location', place, this.#options, this.#warnings)
    this.#readFields(raw, card)
    this.#readAttachments(raw, card)
    return card
  }

  /** The ids of a card's labels: of those that it contains, and of those that it names by id only. */
  #labelsOf({ labels, idLabels }: RawCard): string[] {
    for (const label of labels) this.#takeLabel(label)
    return [...new Set([...labels.map(({ id }) => id), ...idLabels])]
  }

  #readFields({ customFieldItems }: RawCard, card: Card): void {
    for (const { idCustomField, idValue, value } of customFieldItems) {
      const field = this.#fields.get(idCustomField)
      const option = field?.options.find(({ id }) => id === idValue)
      const shown = idValue ? option?.value.text : Object.values(value ?? {})[0]
      if (!field || shown === undefined) this.#warnings.add('fields_unknown', String(shown ?? idValue ?? ''))
      else setField(card, field.name, String(shown), this.#options, this.#warnings)
    }
  }

  #readAttachments({ attachments }: RawCard, card: Card): void {
    for (const { name, url, isUpload } of attachments) {
      if (this.#targetOf(url) !== undefined) continue
      this.#attachments += 1
      card.notes.push(name && name !== url ? `Attachment: ${name} ${url}` : `Attachment: ${url}`)
      if (isUpload) this.#warnings.add('attachments_left', name || url)
    }
  }

  #shortLinks: Map<string, string> | undefined

  /** The id of this board's card to which a URL leads; undefined for any other URL. */
  #targetOf(url: string): string | undefined {
    this.#shortLinks ??= new Map(this.#cards.flatMap(({ id, shortLink }) => (shortLink ? [[shortLink, id]] : [])))
    const [, short = ''] = /^https:\/\/trello\.com\/c\/([A-Za-z0-9]+)/.exec(url) ?? []
    return this.#shortLinks.get(short)
  }

  #linksOf(raws: RawCard[]): Board['links'] {
    return raws.flatMap(({ id, attachments }) =>
      attachments.flatMap(({ url }) => {
        const to = this.#targetOf(url)
        return to === undefined || to === id ? [] : [{ kind: 'relates' as const, from: id, to }]
      }),
    )
  }

  #attachChecklists(cards: Map<string, Card>, templates: Set<string>): void {
    const byPosition = (a: { pos: number }, b: { pos: number }) => a.pos - b.pos
    for (const { idCard, name, checkItems } of this.#checklists.toSorted(
      (a, b) => a.pos - b.pos || (a.id < b.id ? -1 : 1),
    )) {
      const card = cards.get(idCard)
      const items = checkItems.toSorted(byPosition).map((item) => {
        const due = this.#dateOf(item.due)
        if (item.due && due === undefined)
          card?.notes.push(`Item "${cutText(toOneLine(item.name), 80)}": ${toOneLine(item.due)}`)
        return { text: item.name, done: item.state === 'complete', due, person: item.idMember ?? undefined }
      })
      if (card) card.checklists.push({ title: name, items })
      else if (!templates.has(idCard)) this.#warnings.add('checklists_orphaned', name)
    }
  }
}

/** When a card was archived and brought back, and when it was archived since (`closed`). Lone openings are left out. */
function archivalsOf({ closings }: Past): Pick<Card, 'returns'> & { closed?: FileTime } {
  const returns: Card['returns'] = []
  let archived: FileTime | undefined
  for (const { at, closed } of closings.toSorted(byTime)) {
    if (!closed && archived !== undefined) returns.push({ archived, back: at })
    archived = closed ? at : undefined
  }
  return { returns, closed: archived }
}

const later = (a: string | undefined, b: string) => (a === undefined || b > a ? b : a)
