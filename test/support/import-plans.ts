import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { planProject } from '../../src/features/imports/plan/plan.ts'
import type { Plan, Settings } from '../../src/features/imports/plan/planned.ts'
import { readBoard } from '../../src/features/imports/read.ts'
import { foldName } from '../../src/features/imports/words.ts'

export const NOW = '2026-12-01T00:00:00.000Z'
export const QUOTAS = {
  QUOTA_TASKS: 100_000,
  QUOTA_COLUMNS: 50,
  QUOTA_LABELS: 200,
  QUOTA_TASK_COMMENTS: 1_000,
  QUOTA_TASK_LINKS: 50,
  QUOTA_TASK_CHECKLISTS: 20,
  QUOTA_CHECKLIST_ITEMS: 100,
}
type Told = {
  zone?: string
  fields?: Record<string, string>
  people?: Record<string, string>
  project?: string
  dates?: 'dmy' | 'mdy'
  accounts?: Record<string, string>
  /** The bytes of each chunk of the file. */
  chunk?: number
} & Partial<Pick<Settings, 'categories'>>

export const readFixture = (name: string) =>
  readFileSync(join(import.meta.dirname, '../fixtures/imports', name), 'utf8')

async function* chunksOf(text: string, size = 997) {
  const bytes = new TextEncoder().encode(text)
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

export async function read(
  text: string,
  { zone = 'UTC', fields = {}, people = {}, project, dates, accounts = {}, categories = new Map(), chunk }: Told = {},
) {
  const options = {
    fields: new Map(Object.entries(fields).map(([name, field]) => [foldName(name), field])),
    columns: categories,
    people: new Map(Object.entries(people).map(([name, email]) => [foldName(name), email])),
    alias: () => undefined,
    keep: (kept: string) => kept,
  }
  const { format, board } = await readBoard(chunksOf(text, chunk), undefined, {
    ...options,
    ...(project && { project }),
    ...(dates && { dates }),
  })
  const plan = planProject(board, {
    zone,
    now: NOW,
    categories,
    accounts: new Map(Object.entries(accounts)),
    quotas: QUOTAS,
  })
  const warnings = Object.fromEntries(board.warnings.list().map(({ code, count }) => [code, count]))
  return { format, board, plan, warnings, examples: board.warnings.list() }
}

export const titlesByColumn = ({ columns, tasks }: Plan) =>
  columns.map(({ key, name, category }) => [
    name,
    category,
    tasks
      .filter(({ status, archived_at }) => status === key && archived_at === null)
      .toSorted((a, b) => Number(a.position) - Number(b.position))
      .map(({ title }) => title),
  ])
export const taskOf = ({ tasks }: Plan, title: string) => {
  const found = tasks.filter((task) => task.title === title)
  expect(found.map((task) => task.title)).toEqual([title])
  return found[0] as Plan['tasks'][number]
}
export const archivedTitlesOf = ({ tasks }: Plan) =>
  tasks.flatMap(({ title, archived_at }) => (archived_at === null ? [] : [title])).toSorted()
export const labelsOf = (plan: Plan, title: string) =>
  taskOf(plan, title).labels.map((id) => plan.labels.find((label) => label.id === id)?.name)
