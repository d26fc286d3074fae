import type { Announcement } from './publish.ts'

/** News of a commit, and the epoch that its head is of; null when the project is gone. */
export type News = Announcement & { epoch: string | null }

/** How long one request sends for others, in milliseconds. A runtime that ends it keeps nobody waiting for longer. */
const TURN_MS = 2_000

type Turn = { until: number; waiting: News[] }
const turns = new Map<string, Turn>()

/** Several pieces of news of one project as one: the newest head, and the events of its epoch in order. */
export function merged(all: News[]): News {
  const newest = all.reduce((one, other) => (other.head >= one.head ? other : one))
  const events = all.filter(({ epoch }) => epoch === newest.epoch).flatMap(({ events }) => events)
  return { ...newest, events: events.sort((a, b) => a.seq - b.seq) }
}

/**
 * Sends news, one announcement of a project at a time in this isolate: what is written meanwhile goes out together with the
 * next, which whoever sends the present one sends too. So on a busy board many writes cost one call of the hub and one
 * message to Redis. Rejects when its own news could not be sent.
 */
export async function announceTogether(news: News, send: (news: News) => Promise<void>): Promise<void> {
  const { project_id } = news
  const present = turns.get(project_id)
  if (present && Date.now() < present.until) return void present.waiting.push(news)
  const turn: Turn = { until: Date.now() + TURN_MS, waiting: [] }
  turns.set(project_id, turn)
  const failures: unknown[] = []
  for (let next = [news]; next.length > 0; next = turn.waiting.splice(0))
    await send(merged(next)).catch((error: unknown) => failures.push(error))
  if (turns.get(project_id) === turn) turns.delete(project_id)
  if (failures.length > 0) throw failures[0]
}
