import { colorName, hexOf } from '../colors.ts'
import type { Board, Label } from '../model.ts'
import { isBlank, nameOf } from '../text.ts'
import type { Warnings } from '../warnings.ts'
import { folded } from '../words.ts'
import type { Plan } from './planned.ts'

/** Labels that cards have. Their names are unique here, so of one name with several colours the others say theirs. */
export function planLabels({ cards, labels: all, warnings }: Board, most: number) {
  const used = new Map<string, number>()
  for (const { labels } of cards) for (const id of labels) used.set(id, (used.get(id) ?? 0) + 1)
  const names = new Map<string, string | null>()
  const taken = new Map<string, Label>()
  const planned: Plan['labels'] = []
  for (const label of all.filter(({ id }) => used.has(id))) {
    const first = taken.get(folded(label.name))
    if (first && label.name !== '' && first.color === label.color) {
      names.set(label.id, names.get(first.id) ?? null)
      continue
    }
    if (!first) taken.set(folded(label.name), label)
    if (planned.length >= most) {
      names.set(label.id, null)
      continue
    }
    names.set(label.id, label.id)
    planned.push({ id: label.id, name: labelName(label, planned, warnings), color: hexOf(label.color) })
  }
  return { planned, names }
}

function labelName({ name, color }: Label, planned: Plan['labels'], warnings: Warnings): string {
  const shade = color === null ? '' : colorName(color)
  const plain = nameOf(name, 60, shade === '' ? 'Label' : `${shade[0]?.toUpperCase()}${shade.slice(1)}`, warnings)
  const isTaken = (candidate: string) => planned.some((other) => folded(other.name) === folded(candidate))
  if (!isTaken(plain)) return plain
  if (!isBlank(name)) warnings.add('labels_renamed', plain)
  const colored = shade === '' || shade.startsWith('#') ? plain : `${plain} (${shade})`
  for (let n = 1; ; n += 1) {
    const candidate = n === 1 ? colored : `${colored} ${n}`
    if (!isTaken(candidate)) return candidate
  }
}
