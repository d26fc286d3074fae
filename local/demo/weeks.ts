import type { Dice } from '../faults.ts'
import { Chronicle } from './chronicle.ts'
import { COLUMNS, PROJECT, REWORDINGS } from './words.ts'
import { chance, dayOf, newIdea, pick, playHour, type Story } from './work.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const WEEKS = 8
/** The hours of the day between which people work, UTC. */
const [FIRST_HOUR, LAST_HOUR] = [8, 17]
/** Tasks that are planned when the project begins. */
const FIRST_PLAN = 28

/** The Monday, 8:00 UTC, with which the eight weeks before `now` began. */
function beginningOf(now: number): number {
  const midnight = Math.floor(now / DAY) * DAY
  const sinceMonday = (new Date(midnight).getUTCDay() + 6) % 7
  return midnight - (sinceMonday + WEEKS * 7) * DAY + FIRST_HOUR * HOUR
}

function begin(story: Story, now: number): void {
  const { chronicle, people } = story
  const [lead = '', second = ''] = people
  chronicle.addMember(lead, lead, 'manager')
  for (const column of COLUMNS) chronicle.addColumn(lead, column)
  chronicle.addMember(lead, second, 'editor')
  for (let n = 0; n < FIRST_PLAN; n += 1) {
    chronicle.now = Math.min(now, chronicle.now + story.dice() * 0.25 * HOUR)
    newIdea(story, pick(story, [lead, second]), n < 8 ? 'todo' : 'ideas')
  }
}

/** On Mondays the team fills "To do" again, and sometimes drops an idea. */
function plan(story: Story): void {
  const { chronicle, people } = story
  const ideas = chronicle.tasksIn('ideas')
  const wanted = Math.max(0, 11 - chronicle.tasksIn('todo').length)
  for (const task of ideas.slice(0, wanted)) chronicle.move(people[0] ?? '', task, 'todo')
  const unwanted = ideas.slice(wanted).find(() => chance(story, 0.08))
  if (unwanted) chronicle.move(people[0] ?? '', unwanted, 'dropped')
}

/** Plays what happens sometimes: ideas, edits, a bug that comes back, a task put into the trash by mistake. */
function playIncidents(story: Story, who: string): void {
  const { chronicle } = story
  const someIdea = (share: number) => (chance(story, share) ? pick(story, chronicle.tasksIn('ideas')) : undefined)
  if (chance(story, 0.18)) newIdea(story, who, chance(story, 0.2) ? 'todo' : 'ideas')
  const reworded = someIdea(0.03)
  if (reworded) chronicle.edit(who, reworded, { title: `${reworded.title}${pick(story, REWORDINGS)}`.slice(0, 200) })
  const pressing = someIdea(0.03)
  if (pressing) chronicle.edit(who, pressing, { priority: 'high', estimate: 5 })
  const recent = chronicle.tasksIn('done').slice(-5)
  if (chance(story, 0.016) && recent.length > 2)
    chronicle.move(who, chronicle.edit(who, pick(story, recent), { priority: 'urgent' }), 'todo')
  const mistaken = someIdea(0.006)
  if (mistaken) {
    const trashed = chronicle.trash(who, mistaken)
    if (chance(story, 0.6)) chronicle.restore(who, trashed)
  }
}

/** Changes the team and the board, on the first day of certain weeks. */
function playMilestones(story: Story, week: number): void {
  const { chronicle, people } = story
  const [lead = '', , third = ''] = people
  if (week === 1) {
    chronicle.addMember(lead, third, 'editor')
    story.team = people
  }
  if (week === 2) chronicle.changeColumn(lead, 'review', { name: 'In review', wip_limit: 3 })
  if (week === 4) chronicle.changeColumn(lead, 'in_progress', { wip_limit: 4 })
}

/**
 * Writes the journal of a small team's eight weeks, hour by hour, up to `now` (ms): the same seed and
 * `now` give the same journal. `people` are account ids; the first is the manager.
 */
export function tellStory(people: string[], dice: Dice, now: number): Chronicle {
  const first = beginningOf(now)
  const [lead = ''] = people
  const dates = { start_date: dayOf(first), due_date: dayOf(first + (WEEKS + 2) * 7 * DAY - 3 * DAY) }
  const chronicle = new Chronicle(first, dice, lead, { ...PROJECT, ...dates })
  const story: Story = { chronicle, people, team: people.slice(0, 2), dice, work: new Map(), created: 0 }
  begin(story, now)
  for (let day = 0; first + day * DAY < now; day += 1) {
    if (day % 7 > 4) continue
    for (let hour = day === 0 ? 6 : 0; hour < LAST_HOUR - FIRST_HOUR; hour += 1) {
      const at = first + day * DAY + hour * HOUR
      if (at + HOUR > now) break
      chronicle.now = Math.max(chronicle.now, at + dice() * 0.5 * HOUR)
      if (day % 7 === 0 && hour === 0) playMilestones(story, day / 7)
      if (day % 7 === 0 && hour === 1) plan(story)
      for (const who of story.team) playHour(story, who)
      playIncidents(story, pick(story, story.team))
    }
  }
  return chronicle
}
