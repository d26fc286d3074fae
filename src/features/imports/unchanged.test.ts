import { expect, it } from 'vitest'
import { labelsOf, read, taskOf } from '../../../test/support/import-plans.ts'
import { categoryOf } from './words.ts'

/* What a file says arrives unchanged, or is reported. */

const trello = (card: object, more: object = {}) =>
  JSON.stringify({
    lists: [{ id: 'l', name: 'Doing', pos: 1 }],
    cards: [{ id: 'c', idList: 'l', name: 'A', pos: 1, ...card }],
    ...more,
  })

it.each(
  `Not done,Not completed,Not started,Not yet started,To be done,To be released,To complete,Isn't done,Unstarted,
  Nicht begonnen,Noch nicht fertig,Non commencé,Non terminé,Pas terminé,Sin empezar,No iniciado,Não concluído,
  Не сделано,Nie zrobione,未开始,未完成,未着手,시작 전`
    .split(',')
    .map((name) => name.trim()),
)('takes %s for a column of tasks to do', (name) => {
  expect(categoryOf(name)).toBe('todo')
})

it.each([
  ['Done', 'done'],
  ['Terminé(e)', 'done'],
  ['완료', 'done'],
  ['Started', 'in_progress'],
  ['Notes', 'in_progress'],
  ['To review', 'review'],
  ['To test', 'review'],
  ['To be reviewed', 'review'],
  ["Won't do", 'cancelled'],
  ['Not planned', 'cancelled'],
])('takes %s for a column of the category %s', (name, category) => {
  expect(categoryOf(name)).toBe(category)
})

it('splits long comments between characters', async () => {
  const text = `${'x'.repeat(18_999)}😀${'y'.repeat(18_998)}😀z`
  const action = { id: 'a', type: 'commentCard', date: '2026-01-01T00:00:00Z', data: { card: { id: 'c' }, text } }
  const { plan, warnings } = await read(trello({}, { actions: [action] }))
  const bodies = taskOf(plan, 'A').comments.map(({ body }) => body)
  expect([bodies.join('') === text, bodies.map(({ length }) => length)]).toEqual([true, [18_999, 19_000, 3]])
  expect(warnings.comments_split).toBe(1)
})

it('takes labels that no card has, if they have a name', async () => {
  const labels = [
    { id: 'n', name: '', color: 'red' },
    { id: 'u', name: 'Later', color: 'blue' },
    { id: 'd', name: 'Garden', color: 'green' },
  ]
  const { plan } = await read(trello({ idLabels: ['d'] }, { labels }))
  expect(plan.labels.map(({ name }) => name)).toEqual(['Garden', 'Later'])
  const many = Array.from({ length: 201 }, (_, n) => ({ id: `${n}`, name: `L${n}`, color: null }))
  const full = await read(trello({ idLabels: ['d'] }, { labels: [...many, ...labels] }))
  expect([full.plan.labels.length, full.warnings.labels_left, labelsOf(full.plan, 'A')]).toEqual([200, 3, ['Garden']])
})
