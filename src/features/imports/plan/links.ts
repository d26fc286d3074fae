import type { Board } from '../model.ts'
import type { Plan } from './planned.ts'

/** Plans links between tasks of the file: each once, at most `max` of a task, no circle of blocking tasks. */
export function planLinks({ cards, links, warnings }: Board, max: number): Plan['links'] {
  const titles = new Map(cards.map(({ id, title }) => [id, title]))
  const counts = new Map<string, number>()
  const seen = new Set<string>()
  const after = new Map<string, string[]>()
  const reaches = (from: string, to: string, visited = new Set<string>()): boolean => {
    const open = [from]
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      if (at === to) return true
      if (visited.has(at)) continue
      visited.add(at)
      open.push(...(after.get(at) ?? []))
    }
    return false
  }
  return links.filter(({ kind, from, to }) => {
    const key = kind === 'relates' ? [kind, ...[from, to].toSorted()].join(' ') : `${kind} ${from} ${to}`
    if (seen.has(key)) return false
    seen.add(key)
    const isFull = [from, to].some((id) => (counts.get(id) ?? 0) >= max)
    if (!titles.has(from) || !titles.has(to) || from === to || isFull)
      warnings.add(isFull ? 'links_left' : 'links_unknown', `${titles.get(from) ?? from} → ${titles.get(to) ?? to}`)
    else if (kind === 'blocks' && reaches(to, from))
      warnings.add('links_circular', `${titles.get(from)} → ${titles.get(to)}`)
    else {
      if (kind === 'blocks') after.set(from, [...(after.get(from) ?? []), to])
      for (const id of [from, to]) counts.set(id, (counts.get(id) ?? 0) + 1)
      return true
    }
    return false
  })
}
