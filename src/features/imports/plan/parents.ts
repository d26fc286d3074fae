import type { Card } from '../model.ts'
import type { Warnings } from '../warnings.ts'

const MAX_DEPTH = 20

/** Parents by card, both by id: only those in the file, without circles, and of cards at most 20 levels deep. */
export function planParents(all: Card[], warnings: Warnings): Map<string, string> {
  const cards = new Map(all.map((card) => [card.id, card]))
  const parents = new Map<string, string>()
  const depthOf = (id: string) => {
    let [at, depth]: [string | undefined, number] = [id, 0]
    for (; at !== undefined && depth <= cards.size; at = parents.get(at)) depth += 1
    return depth - 1
  }
  const leadsTo = (from: string, to: string) => {
    for (let at: string | undefined = from; at !== undefined; at = parents.get(at)) if (at === to) return true
    return false
  }
  for (const { id, parent, title } of cards.values()) {
    if (parent === undefined) continue
    if (!cards.has(parent)) warnings.add('parents_unknown', title)
    else if (leadsTo(parent, id)) warnings.add('parents_circular', title)
    else parents.set(id, parent)
  }
  for (const { id, title } of cards.values()) {
    if (depthOf(id) <= MAX_DEPTH) continue
    parents.delete(id)
    warnings.add('parents_deep', title)
  }
  return parents
}
