import type { Entry } from './entry.ts'
import { isDeletedWithOwner, type KnownRow } from './known.ts'
import { demand, lineErrorOf } from './lines.ts'

type LinkEntry = Entry & { entity: 'link' }
type Link = KnownRow & { data: { task_id: string; kind: string; other_task_id: string | null } }
/** A link between tasks of the project. */
type LinkWithin = Link & { data: { other_task_id: string } }

const INVERSE: Record<string, string> = {
  blocks: 'blocked_by',
  blocked_by: 'blocks',
  duplicates: 'duplicated_by',
  duplicated_by: 'duplicates',
}
const keyOf = (task: string, kind: string, other: string) => `${task} ${kind} ${other}`

/** Both tasks of a new link must exist; one of another project is not in the file (`other_task_id` is null). */
export function checkNewLink({ data, seq }: LinkEntry, known: ReadonlyMap<string, KnownRow>): void {
  const isTask = (id: string) => known.get(id)?.data.status !== undefined && !known.get(id)?.deleted
  demand(isTask(data.task_id), seq, 'links a task that does not exist')
  if (data.other_task_id === null) return
  demand(isTask(data.other_task_id), seq, 'links to a task that does not exist')
  demand(data.other_task_id !== data.task_id, seq, 'links a task to itself')
}

/** Checks the links that exist after the last line, by the rules of the database (drizzle/functions/links.sql). */
export function checkLinks(known: ReadonlyMap<string, KnownRow>, quota: number): void {
  const links = [...known.values()].filter((row): row is Link => !row.deleted && row.data.kind !== undefined)
  const within = links.filter((link): link is LinkWithin => link.data.other_task_id !== null)
  checkCounts(links, quota)
  checkSides(within, known)
  const blocking = within.filter(({ data }) => data.kind === 'blocks')
  checkBlocked(blocking, known)
  checkCircles(blocking)
}

function checkCounts(links: Link[], quota: number): void {
  const counts = new Map<string, number>()
  for (const { data, line } of links) {
    const count = (counts.get(data.task_id) ?? 0) + 1
    if (count > quota) throw lineErrorOf(line, `gives a task more than ${quota} links`)
    counts.set(data.task_id, count)
  }
}

function checkSides(links: LinkWithin[], known: ReadonlyMap<string, KnownRow>): void {
  const sides = new Set<string>()
  for (const link of links) {
    const { data, line } = link
    const key = keyOf(data.task_id, data.kind, data.other_task_id)
    if (sides.has(key)) throw lineErrorOf(line, 'repeats a link')
    if (isDeletedWithOwner(known, link)) throw lineErrorOf(line, 'leaves a link of a task that is gone')
    sides.add(key)
  }
  for (const { data, line } of links) {
    const mirror = keyOf(data.other_task_id, INVERSE[data.kind] ?? data.kind, data.task_id)
    if (!sides.has(mirror)) throw lineErrorOf(line, 'is one side of a link, and the other is missing')
  }
}

function checkBlocked(blocking: LinkWithin[], known: ReadonlyMap<string, KnownRow>): void {
  for (const { data, line } of blocking) {
    const [blocker, waiting] = [known.get(data.task_id), known.get(data.other_task_id)]
    const open = !blocker?.data.completed_at && !blocker?.data.deleted_at
    if (open && !waiting?.data.is_blocked)
      throw lineErrorOf(
        Math.max(line, waiting?.line ?? 0),
        'leaves is_blocked false for a task that another task blocks: set it to true',
      )
  }
}

/**
 * Follows from a task to one that blocks it, and so on, until a task comes again. Returns the links of that circle.
 * `blockerOf`: by task, a link to it from another of these tasks.
 */
function findCircle(blockerOf: ReadonlyMap<string, LinkWithin>): LinkWithin[] {
  const path: LinkWithin[] = []
  const seen = new Map<string, number>()
  let link = [...blockerOf.values()].at(0)
  while (link && !seen.has(link.data.other_task_id)) {
    seen.set(link.data.other_task_id, path.length)
    path.push(link)
    link = blockerOf.get(link.data.task_id)
  }
  return link ? path.slice(seen.get(link.data.other_task_id)) : []
}

/**
 * Refuses a file whose tasks block each other in a circle, at the last line of the circle. To find one, tasks that
 * nothing blocks are taken out of a copy of the graph until none is left: what remains are circles, and tasks that
 * wait for one.
 */
function checkCircles(blocking: LinkWithin[]): void {
  const waitingOf = Map.groupBy(blocking, ({ data }) => data.task_id)
  const blockers = new Map<string, number>()
  for (const { data } of blocking) blockers.set(data.other_task_id, (blockers.get(data.other_task_id) ?? 0) + 1)
  const free = [...waitingOf.keys()].filter((task) => !blockers.has(task))
  for (let task = free.pop(); task !== undefined; task = free.pop()) {
    for (const { data } of waitingOf.get(task) ?? []) {
      const left = (blockers.get(data.other_task_id) ?? 0) - 1
      blockers.set(data.other_task_id, left)
      if (left === 0) free.push(data.other_task_id)
    }
  }
  const remains = (task: string) => (blockers.get(task) ?? 0) > 0
  const remaining = blocking.filter(({ data }) => remains(data.task_id) && remains(data.other_task_id))
  const lines = findCircle(new Map(remaining.map((link) => [link.data.other_task_id, link]))).map(({ line }) => line)
  if (lines.length > 0)
    throw lineErrorOf(
      lines.reduce((a, b) => Math.max(a, b)),
      'leaves a circle of tasks that block each other',
    )
}
