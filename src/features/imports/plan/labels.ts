import { colorNameOf, hexOf } from '../colors.ts'
import type { Board, Label } from '../model.ts'
import { isBlank, nameOf } from '../text.ts'
import type { Warnings } from '../warnings.ts'
import { foldName } from '../words.ts'
import type { Plan } from './planned.ts'

/**
 * Plans the labels: those that cards have, then the others that have a name. Names are unique here: of one name with
 * several colours, all but the first get the colour, or a number, added to it. `plannedIds`: by a label's id in the
 * file, the id of the planned one; null if the quota leaves it out.
 */
export function planLabels({ cards, labels: all, warnings }: Board, max: number) {
  const used = new Set(cards.flatMap(({ labels }) => labels))
  const plannedIds = new Map<string, string | null>()
  const taken = new Map<string, Label>()
  const planned: Plan['labels'] = []
  const [own, others] = [all.filter(({ id }) => used.has(id)), all.filter(({ id }) => !used.has(id))]
  for (const label of [...own, ...others.filter(({ name }) => !isBlank(name))]) {
    const first = taken.get(foldName(label.name))
    if (first && label.name !== '' && first.color === label.color) {
      plannedIds.set(label.id, plannedIds.get(first.id) ?? null)
      continue
    }
    if (!first) taken.set(foldName(label.name), label)
    if (planned.length >= max) {
      plannedIds.set(label.id, null)
      if (!used.has(label.id)) warnings.add('labels_left', label.name)
      continue
    }
    plannedIds.set(label.id, label.id)
    planned.push({ id: label.id, name: labelNameOf(label, planned, warnings), color: hexOf(label.color) })
  }
  return { planned, plannedIds }
}

function labelNameOf({ name, color }: Label, planned: Plan['labels'], warnings: Warnings): string {
  const shade = color === null ? '' : colorNameOf(color)
  const plain = nameOf(name, 60, shade === '' ? 'Label' : `${shade[0]?.toUpperCase()}${shade.slice(1)}`, warnings)
  const isTaken = (candidate: string) => planned.some((other) => foldName(other.name) === foldName(candidate))
  if (!isTaken(plain)) return plain
  if (!isBlank(name)) warnings.add('labels_renamed', plain)
  const colored = shade === '' || shade.startsWith('#') ? plain : `${plain} (${shade})`
  for (let n = 1; ; n += 1) {
    const candidate = n === 1 ? colored : `${colored} ${n}`
    if (!isTaken(candidate)) return candidate
  }
}
