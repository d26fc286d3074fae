import { ownValue } from '../../lib/own-value.ts'
import type { Category, Priority } from './model.ts'

/**
 * The form by which two names (of labels, columns, headers, people) are the same one: as folded() of the database, by
 * which the labels of a project differ, and with one space for each run of blanks.
 */
export const foldName = (name: string) =>
  name
    .normalize('NFKC')
    .replace(/\u034f|\ufe0f|[\u00ad\u061c\u200b-\u200f\u2060]/g, '')
    .replace(/[‘’]/g, "'")
    .toUpperCase()
    .toLowerCase()
    .replaceAll('i\u0307', 'i')
    .replaceAll('ß', 'ss')
    .replaceAll('ς', 'σ')
    .replace(/\s+/g, ' ')
    .trim()

/**
 * The form in which known words are recognised: lower case, no accents, one space for each run of other characters. Too
 * coarse to tell names apart: C++ and C# are both `c`.
 */
export const toPlainWords = (text: string) =>
  text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()

/** Words of a column's name that suggest its category. If several do, the first category counts. */
const CATEGORIES: [Category, string][] = [
  [
    'cancelled',
    'cancelled canceled cancel duplicate duplicates rejected declined obsolete abandoned wontdo wontfix annule annulee abgebrochen abgelehnt verworfen cancelado cancelada annullato',
  ],
  ['backlog', 'backlog ideas idea ideen idee idees inbox icebox someday wishlist wunschliste eingang triage'],
  [
    'review',
    'review testing test tests qa verify verification validation approval staging prufung abnahme revision revue',
  ],
  [
    'in_progress',
    'doing progress progreso wip started working active development implementation arbeit bearbeitung cours curso corso laufend ongoing',
  ],
  [
    'todo',
    'todo next open offen ready planned planning new neu faire hacer fare geplant pendiente pendientes selected requested later queue unstarted unfinished incomplete unresolved nierozpoczete',
  ],
  [
    'done',
    'done finished complete completed closed resolved released shipped deployed fertig erledigt abgeschlossen termine terminee terminees fini hecho hecha terminado completado fatto concluido feito klaar gereed gotowe zrobione gjort klar ferdig valmis готово сделано 完了 完成 已完成 완료',
  ],
]
const PHRASES: [Category, string[]][] = [
  ['cancelled', ['won t do', 'won t fix', 'wont do', 'wont fix', 'not doing', 'not planned', 'a annuler']],
  ['done', ['termine e', 'live', 'in production']],
  [
    'todo',
    [
      'to do',
      'a faire',
      'por hacer',
      'da fare',
      'zu erledigen',
      'zu tun',
      'te doen',
      'do zrobienia',
      'att gora',
      'やること',
      '할 일',
      '시작 전',
      '시작되지 않음',
      '待办',
    ],
  ],
  [
    'in_progress',
    [
      'in progress',
      'en cours',
      'en curso',
      'in corso',
      'in arbeit',
      'in bearbeitung',
      'em andamento',
      'w toku',
      'в работе',
      '進行中',
      '进行中',
      '진행 중',
    ],
  ],
  ['review', ['in review', 'code review', 'to review', 'to be reviewed', 'to be tested', 'レビュー']],
]
const byWord = new Map(
  CATEGORIES.toReversed().flatMap(([category, words]) =>
    words.split(' ').map((word) => [toPlainWords(word), category]),
  ),
)
/** How names begin, in plain words, that deny or delay a state: `Not done`, `To be released`, `Sin empezar`, `未开始`. */
const DENIAL = /^(?:(?:not|no|non|nao|sin|por|aun|pas|nicht|noch|niet|nog|inte|ikke|ej|ei|nie|не|to|[a-z]+n t) |尚?未)/

/** The category that a column's name suggests; `in_progress` if it suggests none. */
export function categoryOf(name: string): Category {
  const words = toPlainWords(name)
  const phrase = PHRASES.find(([, phrases]) => phrases.some((known) => words === toPlainWords(known)))
  if (phrase) return phrase[0]
  const known = CATEGORIES.find(([category]) => words.split(' ').some((word) => byWord.get(word) === category))
  const category = known?.[0] ?? 'in_progress'
  return DENIAL.test(words) && (category === 'in_progress' || category === 'done') ? 'todo' : category
}

const PRIORITIES: Record<Priority, string> = {
  urgent:
    'urgent highest blocker critical immediate p0 dringend critico critique kritisch urgente la plus elevee hochste',
  high: 'high major important p1 hoch eleve elevee haute alta alto hoog wysoki',
  medium: 'medium normal moderate p2 mittel moyen moyenne media medio midden sredni',
  low: 'low lowest minor trivial p3 p4 niedrig niedrigste faible basse baja bajo laag niski la plus faible',
  none: 'none no priority keine aucune ninguna',
}
const PRIORITY_PHRASES: Record<string, Priority> = {
  'no priority': 'none',
  'la plus elevee': 'urgent',
  'la plus faible': 'low',
  'tres elevee': 'urgent',
  'tres faible': 'low',
  'muy alta': 'urgent',
  'muy baja': 'low',
  'sehr hoch': 'urgent',
  'sehr niedrig': 'low',
}
/** Words that name a priority only within a phrase. */
const PHRASE_PARTS = new Set(['la', 'plus', 'no'])
const byName = new Map(
  Object.entries(PRIORITIES).flatMap(([priority, words]) =>
    words.split(' ').flatMap((word) => (PHRASE_PARTS.has(word) ? [] : [[word, priority as Priority]])),
  ),
)

/** The priority that a text names in one of several languages: `none` for an empty text, undefined if unknown. */
export function priorityOf(text: string): Priority | undefined {
  const words = toPlainWords(text)
  return words === '' ? 'none' : (ownValue(PRIORITY_PHRASES, words) ?? byName.get(words))
}

/** A number from 0 to 1,000,000 as people (`1,5`, `1,234.5`) or programs (`1e-7`) write it; else undefined. */
export function numberOf(text: string): number | undefined {
  const plain = text
    .trim()
    .replace(/^(-?\d+),(\d{1,2})$/, '$1.$2')
    .replace(/^(\d{1,3})((?:,\d{3})+)(?=\.|$)/, (all) => all.replaceAll(',', ''))
  const n = /^-?\d+(\.\d+)?(e-?\d{1,2})?$/i.test(plain) ? Number(plain) : Number.NaN
  return Number.isFinite(n) && n >= 0 && n <= 1_000_000 ? n : undefined
}

/** The field of a task that a custom field or header fills, by its name in plain words. */
export const FIELDS: Record<string, 'priority' | 'estimate'> = {
  priority: 'priority',
  prioritat: 'priority',
  priorite: 'priority',
  prioridad: 'priority',
  estimate: 'estimate',
  'story points': 'estimate',
  points: 'estimate',
  schatzung: 'estimate',
}
