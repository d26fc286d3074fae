import { expect, it } from 'vitest'
import { categoryOf } from './words.ts'

/* What a file says arrives unchanged, or is reported. */

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
