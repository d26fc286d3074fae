import type { Announcement } from './event.ts'

/** News of a commit, and the epoch that its head is of; null when the project is gone. */
export type News = Announcement & { epoch: string | null }

/** How long one request sends for others, in milliseconds. A runtime that ends it keeps nobody waiting for longer. */
const TURN_MS = 2_000
/** News that go out at once: together they still carry their events (MAX_CARRIED in publish.ts). */
const AT_ONCE = 20

type Turn = { until: number; waiting: News[] }
/** What is being sent, by the hub that it concerns. */
export type Turns = Map<string, Turn>

/** Several pieces of news of one project as one: the newest head, and the events of its epoch in order. */
export function merged(all: News[]): News {
  const newest = all.reduce((one, other) => (other.head >= one.head ? other : one))
  const events = all
    .filter(({ epoch }) => newest.epoch === null || epoch === newest.epoch)
    .flatMap(({ events }) => events)
  return { ...newest, events: events.sort((a, b) => a.seq - b.seq) }
}

/** Whether it closes sockets (I7): it waits for no other request. */
const endsAccess = ({ epoch, events }: News) =>
  epoch === null || events.some(({ action }) => action === 'member.removed')

/**
 * Sends news to a hub (or to Redis), one at a time in this isolate: what is written meanwhile goes out together with the
 * next, which whoever sends the present one sends too. So on a busy board many writes cost one call. Whose news waits for
 * another request resolves at once; else it rejects when a send has failed, after the others.
 */
export async function announceTogether(
  turns: Turns,
  hub: string,
  news: News,
  send: (news: News) => Promise<unknown>,
): Promise<void> {
  if (endsAccess(news)) return void (await send(news))
  const present = turns.get(hub)
  if (present && Date.now() < present.until) return void present.waiting.push(news)
  const turn: Turn = { until: Date.now() + TURN_MS, waiting: [] }
  turns.set(hub, turn)
  const failures: unknown[] = []
  for (let next = [news]; next.length > 0; next = turn.waiting.splice(0, AT_ONCE))
    await send(merged(next)).catch((error: unknown) => failures.push(error))
  if (turns.get(hub) === turn) turns.delete(hub)
  if (failures.length > 0) throw failures[0]
}
