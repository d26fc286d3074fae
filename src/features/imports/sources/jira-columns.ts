import { ownValue } from '../../../lib/own-value.ts'
import { foldName, toPlainWords } from '../words.ts'

/* Finds out what the columns of a Jira file are: by their names in several languages, and the form of their cells. */

export const JIRA_KEY = /^[A-Z][A-Z0-9_]*-\d+$/
const RANK = /^\d\|[0-9a-z]+:/
const ACCOUNT = /^(?:[0-9a-f]{24}|\d+:[0-9a-f-]{36}|(?:qm|ug):\S+)$/

const NAMES = {
  title: [
    'summary',
    'resume',
    'zusammenfassung',
    'resumen',
    'riepilogo',
    'resumo',
    'samenvatting',
    'podsumowanie',
    'title',
  ],
  key: [
    'issue key',
    'key',
    'cle de ticket',
    'cle du ticket',
    'cle de demande',
    'vorgangsschlussel',
    'clave de incidencia',
    'clave de la incidencia',
    'chave da item',
    'chave do item',
    'chiave del ticket',
    'chiave ticket',
    'issuesleutel',
  ],
  id: [
    'issue id',
    'id de ticket',
    'id du ticket',
    'identifiant du ticket',
    'identifiant de ticket',
    'vorgangs id',
    'id de la incidencia',
    'id de incidencia',
    'id do item',
    'id ticket',
    'id del ticket',
  ],
  status: ['status', 'etat', 'statut', 'estado', 'stato', 'stan'],
  category: [
    'status category',
    'categorie d etat',
    'categorie de statut',
    'categorie d etats',
    'categorie de l etat',
    'categorie du statut',
    'statuskategorie',
    'categoria de estado',
    'categoria di stato',
    'categoria de status',
  ],
  category_changed: [
    'status category changed',
    'categorie d etat modifiee',
    'categorie de statut modifiee',
    'statuskategorie geandert',
  ],
  project: [
    'project name',
    'nom du projet',
    'nom de projet',
    'projektname',
    'nombre del proyecto',
    'nome del progetto',
    'nome do projeto',
  ],
  priority: ['priority', 'priorite', 'prioritat', 'prioridad', 'priorita', 'prioridade', 'prioriteit'],
  resolution: ['resolution', 'losung', 'resolucion', 'risoluzione', 'resolucao'],
  assignee: [
    'assignee',
    'personne assignee',
    'responsable',
    'attribution',
    'zugewiesene person',
    'bearbeiter',
    'persona asignada',
    'assegnatario',
    'responsavel',
  ],
  reporter: ['reporter', 'rapporteur', 'auteur', 'autor', 'melder', 'informador', 'relator', 'informatore'],
  created: [
    'created',
    'creation',
    'cree',
    'creee',
    'date de creation',
    'cree e',
    'cree le',
    'erstellt',
    'creada',
    'creado',
    'creato',
    'criado',
    'aangemaakt',
  ],
  updated: [
    'updated',
    'mise a jour',
    'mis a jour',
    'date de mise a jour',
    'mis e a jour',
    'aktualisiert',
    'actualizada',
    'actualizado',
    'aggiornato',
    'atualizado',
    'bijgewerkt',
  ],
  resolved: [
    'resolved',
    'resolu',
    'resolue',
    'resolu e',
    'date de resolution',
    'erledigt',
    'resuelta',
    'resuelto',
    'risolto',
    'resolvido',
  ],
  due: [
    'due date',
    'date d echeance',
    'echeance',
    'falligkeitsdatum',
    'fallig',
    'fecha de vencimiento',
    'data di scadenza',
    'data limite',
  ],
  description: ['description', 'beschreibung', 'descripcion', 'descrizione', 'descricao', 'beschrijving'],
  parent_key: [
    'parent key',
    'cle parente',
    'cle du parent',
    'cle parent',
    'ubergeordneter schlussel',
    'schlussel des ubergeordneten vorgangs',
    'clave principal',
  ],
  parent: ['parent', 'parent id', 'id parent', 'id du parent', 'ubergeordnet', 'principal'],
  epic: ['custom field epic link'],
} as const
/** Names within the parentheses of `Custom field (…)`: the words before them differ by language. */
const CUSTOM_NAMES = {
  rank: ['rank', 'rang', 'rangfolge', 'clasificacion'],
  start: ['start date', 'date de debut', 'startdatum', 'fecha de inicio'],
  points: ['story points'],
  point_estimate: ['story point estimate'],
  epic: ['epic link'],
} as const
const LIST_NAMES = {
  labels: ['labels', 'etiquettes', 'stichworter', 'etiquetas', 'etichette', 'marcadores', 'label'],
  comments: ['comment', 'commentaire', 'kommentar', 'comentario', 'commento', 'opmerking', 'comments', 'commentaires'],
  attachments: ['attachment', 'piece jointe', 'anhang', 'adjunto', 'allegato', 'anexo', 'attachments'],
  people: [
    'watchers',
    'observateurs',
    'beobachter',
    'observadores',
    'osservatori',
    'creator',
    'createur',
    'ersteller',
    'creador',
    'project lead',
    'responsable du projet',
    'responsable de projet',
    'projektleiter',
  ],
} as const
const TYPE_NAMES = ['issue type', 'type de ticket', 'type de demande', 'vorgangstyp', 'tipo de incidencia']
const PROJECT_KEY_NAMES = ['project key', 'cle du projet', 'cle de projet', 'projektschlussel', 'clave del proyecto']
const NOTE_NAMES = [
  ...TYPE_NAMES,
  'sprint',
  'component s',
  'components',
  'composants',
  'komponenten',
  'fix version s',
  'fix versions',
  'affects version s',
  'affects versions',
  'environment',
  'environnement',
  'umgebung',
]
const DURATION_NAMES = ['original estimate', 'estimation originale', 'ursprungliche schatzung', 'estimacion original']
/** Columns whose values have no place here, or repeat those of another: left out without the warning `headers_left`. */
const NO_CONTENT = [
  ...PROJECT_KEY_NAMES,
  'project type',
  'type de projet',
  'project description',
  'last viewed',
  'votes',
  'work ratio',
  'parent summary',
  'security level',
  'project url',
  'watchers id',
  'issue link type',
]
const ID_WORDS = new Set(['id', 'identifiant', 'kennung', 'identificador'])
const FILLERS = new Set([
  'id',
  'identifiant',
  'kennung',
  'identificador',
  'de',
  'du',
  'la',
  'le',
  'l',
  'd',
  'del',
  'des',
  'der',
  'do',
  'da',
  'di',
  'compte',
  'account',
])

type SingleField = keyof typeof NAMES | keyof typeof CUSTOM_NAMES | 'assignee_id' | 'reporter_id'
export type JiraColumns = {
  one: Partial<Record<SingleField, number>>
  many: Record<'labels' | 'comments' | 'attachments', number[]>
  /** Each column of names, with the column of their account ids. */
  people: { name: number; id: number | undefined }[]
  links: { at: number; kind: 'blocks' | 'relates' | 'duplicates'; inward: boolean }[]
  notes: { name: string; at: number[] }[]
  times: number[]
  ignored: number[]
}

const innerNameOf = (name: string) => toPlainWords(/\(([^()]*)\)\s*$/.exec(name)?.[1] ?? '')
const isCustom = (name: string) => innerNameOf(name) !== ''
const bareNameOf = (name: string) =>
  toPlainWords(name)
    .split(' ')
    .filter((word) => !FILLERS.has(word))
    .join(' ')

/** How `Custom field (…)` begins in several languages. */
const CUSTOM =
  /^(?:custom field|champs? personnalise|benutzerdefiniert|campos? personali|aangepast|pole niestandardowe)/

/**
 * Whether a file is Jira's: it names issue keys as Jira does, or has the form of Jira's ranks, or keys and two other
 * headers of Jira's own. Cells that look like keys are no proof: `COVID-19` does. `sample`: the first row.
 */
export function isJira(header: string[], sample: string[]): boolean {
  const names = header.map(toPlainWords)
  const has = (known: readonly string[]) => names.some((name) => known.includes(name))
  if (has(NAMES.key.filter((name) => name !== 'key'))) return true
  if (!names.includes('key') && !sample.some((cell) => JIRA_KEY.test(cell.trim()))) return false
  if (header.some((name, at) => isCustom(name) && RANK.test(sample[at] ?? ''))) return true
  const own = [NAMES.category, NAMES.category_changed, NAMES.resolution, TYPE_NAMES, PROJECT_KEY_NAMES].filter(has)
  return own.length + Number(names.some((name) => CUSTOM.test(name))) >= 2
}

/** The required columns that the file lacks. */
export const missingColumnsOf = ({ one }: JiraColumns) =>
  (['title', 'key', 'status'] as const).filter((name) => one[name] === undefined)

function linksOf(header: string[], sample: string[]): JiraColumns['links'] {
  return header.flatMap((name, at) => {
    const words = toPlainWords(name).split(' ')
    const isLink = words.some((word) =>
      ['link', 'lien', 'liaison', 'verknupfung', 'enlace', 'collegamento', 'vinculo', 'vorgangsverknupfung'].includes(
        word,
      ),
    )
    if (!isLink || innerNameOf(name) === '' || innerNameOf(name) === 'epic link') return []
    const inward = words.some((word) =>
      ['inward', 'entrant', 'entrante', 'entrants', 'eingehende', 'interne', 'entrada'].includes(word),
    )
    const kinds = { blocks: 'blocks', blocker: 'blocks', duplicate: 'duplicates' } as const
    const kind = kinds[innerNameOf(name) as keyof typeof kinds] ?? 'relates'
    return sample.length > 0 ? [{ at, kind, inward }] : []
  })
}

/** Pairs columns of names with columns of account ids: the k-th of a name with the k-th of its ids. */
function peopleOf(header: string[], names: number[], sample: string[]): JiraColumns['people'] {
  const idsOf = (name: string) =>
    header.flatMap((other, at) => {
      const isId =
        toPlainWords(other)
          .split(' ')
          .some((word) => ID_WORDS.has(word)) || ACCOUNT.test((sample[at] ?? '').trim())
      return isId && bareNameOf(other) === bareNameOf(name) ? [at] : []
    })
  return names.map((at) => {
    const same = names.filter((other) => header[other] === header[at])
    return { name: at, id: idsOf(header[at] ?? '').filter((id) => !names.includes(id))[same.indexOf(at)] }
  })
}

/** Positions of a header's columns, and which of them a field has claimed. */
class Places {
  readonly #taken = new Set<number>()
  readonly #folds: string[]

  constructor(folds: string[]) {
    this.#folds = folds
  }

  isTaken(at: number): boolean {
    return this.#taken.has(at)
  }

  claim(places: number[]): number[] {
    for (const at of places) this.#taken.add(at)
    return places
  }

  findFree(names: readonly string[], among = this.#folds): number[] {
    return among.flatMap((name, at) => (names.includes(name) && !this.#taken.has(at) ? [at] : []))
  }
}

/** The fields to which the importer maps headers, by the folded header (`foldName`). */
type Mapped = ReadonlyMap<string, string>

/** What the names of fields in map= are called here, where they differ. */
const JIRA_NAMES: Record<string, SingleField> = {
  created_at: 'created',
  updated_at: 'updated',
  completed_at: 'resolved',
  due_date: 'due',
  start_date: 'start',
  parent: 'parent_key',
}

/** The columns of fields that have one: as the importer maps them, else by name, else (the key) by form. */
function singleColumnsOf(places: Places, header: string[], customs: string[], sample: string[], mapped: Mapped) {
  const one: JiraColumns['one'] = {}
  const take = (field: SingleField, [at]: number[]) => {
    if (at !== undefined && one[field] === undefined) [one[field]] = places.claim([at])
  }
  for (const [at, name] of header.entries()) {
    const asked = mapped.get(foldName(name)) ?? ''
    const field = ownValue(JIRA_NAMES, asked) ?? (asked as SingleField)
    if (field in NAMES || field in CUSTOM_NAMES) take(field, [at])
  }
  for (const [field, names] of Object.entries(NAMES) as [SingleField, readonly string[]][])
    take(
      field,
      names.flatMap((name) => places.findFree([name])),
    )
  for (const [field, names] of Object.entries(CUSTOM_NAMES) as [SingleField, readonly string[]][])
    take(field, places.findFree(names, customs))
  if (one.key === undefined) {
    const keyAt = sample.findIndex((cell, at) => !places.isTaken(at) && JIRA_KEY.test(cell.trim()))
    if (keyAt >= 0) take('key', [keyAt])
  }
  return one
}

/** The name of a header as people see it: that within the parentheses of `Custom field (…)`, unless map= has it all. */
export const shownNameOf = (name: string, mapped: Mapped) =>
  isCustom(name) && !mapped.has(foldName(name)) ? (/\(([^()]*)\)\s*$/.exec(name)?.[1] ?? name) : name

/**
 * Columns that become lines below the description, each under the name that people see. Columns with the same header
 * become one entry.
 */
const notesOf = (header: string[], noted: number[], mapped: Mapped): JiraColumns['notes'] =>
  [...Map.groupBy(noted, (at) => header[at] ?? '')].map(([name, at]) => ({ name: shownNameOf(name, mapped), at }))

/** Finds out what each column of a Jira file is. `sample`: the first row. */
export function columnsOf(header: string[], sample: string[], mapped: Mapped): JiraColumns {
  const folds = header.map((name) => toPlainWords(name))
  const customs = header.map((name) => (isCustom(name) ? innerNameOf(name) : ''))
  const places = new Places(folds)
  const one = singleColumnsOf(places, header, customs, sample, mapped)
  const claimFree = (names: readonly string[]) => places.claim(places.findFree(names))
  const many = {
    labels: claimFree(LIST_NAMES.labels),
    comments: claimFree(LIST_NAMES.comments),
    attachments: claimFree(LIST_NAMES.attachments),
  }
  const links = linksOf(header, sample)
  places.claim(links.map(({ at }) => at))
  const persons = [...[one.assignee, one.reporter].filter((at) => at !== undefined), ...claimFree(LIST_NAMES.people)]
  const people = peopleOf(header, persons, sample)
  places.claim(people.flatMap(({ id }) => id ?? []))
  one.assignee_id = people.find(({ name }) => name === one.assignee)?.id
  one.reporter_id = people.find(({ name }) => name === one.reporter)?.id
  const times = claimFree(DURATION_NAMES)
  const noted = folds.flatMap((name, at) => {
    if (places.isTaken(at)) return []
    return NOTE_NAMES.includes(name) || customs[at] !== '' || mapped.has(foldName(header[at] ?? '')) ? [at] : []
  })
  const notes = notesOf(header, places.claim(noted), mapped)
  const ignored = header.flatMap((_, at) => (places.isTaken(at) || NO_CONTENT.includes(folds[at] ?? '') ? [] : [at]))
  return { one, many, people, links, notes, times, ignored }
}
