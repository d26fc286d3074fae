import type { Dice } from '../faults.ts'
import type { Chronicle } from './chronicle.ts'
import type { Task } from './rows.ts'
import { TITLES } from './words.ts'

const DAY = 86_400_000

/** What is left of a task: hours of work, and hours in which it waits for somebody else. */
export type Work = { owner: string; left: number; waiting: number }
/** The state of a story. `work` is by task id; `created` is how many tasks have been created. */
export type Story = {
  chronicle: Chronicle
  people: string[]
  team: string[]
  dice: Dice
  work: Map<string, Work>
  created: number
}

export const chance = ({ dice }: Story, share: number) => dice() < share
export const pick = <T>({ dice }: Story, items: readonly T[]): T => items[Math.floor(dice() * items.length)] as T
export const dayOf = (ms: number) => new Date(ms).toISOString().slice(0, 10)

export function newIdea(story: Story, by: string, status: string): Task {
  const { chronicle } = story
  const title = TITLES[story.created % TITLES.length] ?? ''
  story.created += 1
  const priority = pick(story, ['none', 'low', 'medium', 'medium', 'medium', 'high', 'high', 'urgent'])
  const estimate = pick(story, [1, 1, 2, 2, 3, 3, 5, 8, null])
  const due_date = chance(story, 0.4) ? dayOf(chronicle.now + (4 + story.dice() * 24) * DAY) : null
  const parents = chronicle.tasksIn('ideas')
  const parent_id = chance(story, 0.12) && parents.length > 0 ? pick(story, parents).id : null
  return chronicle.addTask(by, { title, status, priority, estimate, due_date, parent_id })
}

/** Starts the most urgent task of "To do", if the limit of "In progress" leaves room. */
function takeUp(story: Story, who: string): void {
  const { chronicle, work } = story
  const limit = Number(chronicle.columns.get('in_progress')?.wip_limit)
  if (chronicle.tasksIn('in_progress').length >= limit) return
  const order = ['urgent', 'high', 'medium', 'low', 'none']
  const [next] = chronicle.tasksIn('todo').sort((a, b) => order.indexOf(a.priority) - order.indexOf(b.priority))
  if (!next) return
  const helpers = chance(story, 0.15) ? [pick(story, story.team)] : []
  const task = chronicle.edit(who, next, { assignee_ids: [...new Set([who, ...helpers])] })
  chronicle.move(who, task, 'in_progress')
  // Hours of work: near the estimate, with a random error. Some tasks are blocked at first.
  const left = ((task.estimate ?? 3) * 1.9 + 1.5) * Math.exp(story.dice() * 1.4 - 0.7)
  work.set(task.id, { owner: who, left, waiting: chance(story, 0.14) ? 8 + story.dice() ** 2 * 80 : 0 })
}

function workOn(story: Story, task: Task, state: Work): void {
  if (state.waiting > 0) state.waiting -= 1
  else state.left -= 1
  if (state.left > 0) return
  story.chronicle.move(state.owner, task, 'review')
  state.waiting = 4 + story.dice() * 30
}

/** Somebody else reviews the task: most tasks are then done, some go back to "In progress". */
function review(story: Story, who: string, task: Task, state: Work): void {
  state.waiting -= 1
  if (state.waiting > 0 || state.owner === who) return
  if (chance(story, 0.14)) {
    story.chronicle.move(who, task, 'in_progress')
    Object.assign(state, { left: 2 + story.dice() * 4, waiting: 0 })
    return
  }
  story.chronicle.move(who, task, 'done')
  story.work.delete(task.id)
}

/** Plays one hour of somebody's work. */
export function playHour(story: Story, who: string): void {
  const { chronicle, work } = story
  const mine = chronicle.tasksIn('in_progress').filter(({ id }) => work.get(id)?.owner === who)
  const [task] = mine
  const state = task && work.get(task.id)
  if (task && state) workOn(story, task, state)
  const blocked = mine.every(({ id }) => (work.get(id)?.waiting ?? 0) > 0)
  if (blocked && mine.length < 2) takeUp(story, who)
  for (const waiting of chronicle.tasksIn('review')) {
    const state = work.get(waiting.id)
    if (state) review(story, who, waiting, state)
  }
}
