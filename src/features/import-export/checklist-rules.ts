import type { Config } from '../../config/config.ts'
import type { Entry } from './entry.ts'
import { isDeleted, type KnownRow } from './known.ts'
import { demand, lineErrorOf } from './lines.ts'

export type ChecklistQuotas = Pick<Config, 'QUOTA_ITEMS' | 'QUOTA_TASK_CHECKLISTS' | 'QUOTA_CHECKLIST_ITEMS'>
type Row = Entry & { entity: 'checklist' | 'checklist_item' }

/**
 * Checks checklists and items at each line of a replay, by the rules of the database
 * (drizzle/functions/checklists.sql).
 */
export class Checklists {
  #total = 0
  readonly #lists = new Map<string, Map<string, number>>() // by task: how many items each of its checklists has
  readonly #known: ReadonlyMap<string, KnownRow>
  readonly #quotas: ChecklistQuotas

  constructor(known: ReadonlyMap<string, KnownRow>, quotas: ChecklistQuotas) {
    this.#known = known
    this.#quotas = quotas
  }

  onCreated(entry: Row): void {
    const { seq } = entry
    const { QUOTA_ITEMS, QUOTA_TASK_CHECKLISTS, QUOTA_CHECKLIST_ITEMS } = this.#quotas
    const lists = this.#listsOf(entry)
    if (entry.entity === 'checklist') {
      lists.set(entry.entity_id, 0)
      demand(lists.size <= QUOTA_TASK_CHECKLISTS, seq, `makes more than ${QUOTA_TASK_CHECKLISTS} checklists of a task`)
    } else {
      const held = lists.get(entry.data.checklist_id)
      demand(held !== undefined, seq, 'is about a checklist that its task does not have')
      demand(held < QUOTA_CHECKLIST_ITEMS, seq, `makes more than ${QUOTA_CHECKLIST_ITEMS} items of a checklist`)
      lists.set(entry.data.checklist_id, held + 1)
    }
    this.#total += 1
    demand(this.#total <= QUOTA_ITEMS, seq, `makes more than ${QUOTA_ITEMS} checklists and items`)
  }

  /** A deleted checklist takes its items along. */
  onDeleted(entry: Row): void {
    const lists = this.#listsOf(entry)
    const list = entry.entity === 'checklist' ? entry.entity_id : entry.data.checklist_id
    const held = lists.get(list) ?? 0
    this.#total -= 1
    if (entry.entity === 'checklist_item') lists.set(list, held - 1)
    else {
      this.#total -= held
      lists.delete(list)
    }
  }

  /** A purged task takes its checklists along. */
  onTaskPurged(task: string): void {
    for (const held of this.#lists.get(task)?.values() ?? []) this.#total -= 1 + held
    this.#lists.delete(task)
  }

  /** After the last line: each task's counts must equal its items. */
  finish(): void {
    const there = new Map<string, { done: number; total: number }>()
    for (const row of this.#known.values()) {
      const { task_id = '', checklist_id, done } = row.data
      if (checklist_id === undefined || isDeleted(this.#known, row)) continue
      const count = there.get(task_id) ?? { done: 0, total: 0 }
      there.set(task_id, { done: count.done + Number(done), total: count.total + 1 })
    }
    for (const [id, { deleted, line, data }] of this.#known) {
      if (deleted || data.status === undefined) continue
      const { done, total } = there.get(id) ?? { done: 0, total: 0 }
      if (data.checklist_done !== done || data.checklist_total !== total)
        throw lineErrorOf(line, 'leaves the task with another checklist_done or checklist_total than it has items')
    }
  }

  #listsOf({ data, seq }: Row): Map<string, number> {
    const task = this.#known.get(data.task_id)
    const isThere = task?.data.status !== undefined && !task.deleted && !task.data.deleted_at
    demand(isThere, seq, 'is about a checklist of a task that is in the trash, or gone')
    const lists = this.#lists.get(data.task_id) ?? new Map<string, number>()
    this.#lists.set(data.task_id, lists)
    return lists
  }
}
