import type { Random } from './random.ts'
import type { Row } from './templates.ts'

/** How a made-up team works: its words, and how likely each of its actions is. */

export const COLUMNS = [
  ['todo', 'To do', 'todo'],
  ['in_progress', 'In progress', 'in_progress'],
  ['review', 'Review', 'review'],
  ['done', 'Done', 'done'],
] as const

const VERBS = ['Fix', 'Write', 'Review', 'Measure', 'Translate', 'Retire', 'Draw', 'Test', 'Publish', 'Untangle']
const THINGS = ['the sign-in page', 'the invoice', 'the search', 'the importer', 'the export', 'the onboarding']
const PARTS = ['on phones', 'for guests', 'in Spanish', 'before the launch', 'behind a proxy', 'for auditors']
const NOTES = [
  'Ask Grace first.',
  'See the **second** screenshot.',
  '- [ ] copy\n- [ ] tests',
  'It happens on Fridays.',
]
const DAY = 86_400_000

export const titleOf = (random: Random) =>
  `${random.pick(VERBS)} ${random.pick(THINGS)} ${random.pick(PARTS)} (${1 + random.integerBelow(99)})`

const dateAfter = (at: number, days: number) => new Date(at + days * DAY).toISOString().slice(0, 10)

/** One field with a new value; an empty object when it happens to be the old one. */
export function editOf(random: Random, task: Row, people: readonly string[], at: number): Row {
  const edit = random.pick<() => Row>([
    () => ({ title: titleOf(random) }),
    () => ({ description: random.pick(NOTES) }),
    () => ({ priority: random.pick(['none', 'low', 'medium', 'medium', 'high', 'urgent']) }),
    () => ({ estimate: random.pick([null, 0.5, 1, 2, 3, 5, 8]) }),
    () => ({ due_date: dateAfter(at, 2 + random.integerBelow(30)) }),
    () => ({ assignee_ids: random.chance(0.9) ? [random.pick(people)] : [] }),
  ])()
  const [field = ''] = Object.keys(edit)
  return JSON.stringify(edit[field]) === JSON.stringify(task[field]) ? {} : edit
}

/** The key of the column that a task moves to next. `crowded`: too many tasks are open, so more of them get done. */
export function pickNextColumn(random: Random, status: unknown, crowded: boolean): string {
  if (status === 'todo') return 'in_progress'
  if (status === 'in_progress') return random.chance(0.7) ? 'review' : 'todo'
  if (status === 'review') return random.chance(crowded ? 0.6 : 0.08) ? 'done' : 'in_progress'
  return 'in_progress'
}
