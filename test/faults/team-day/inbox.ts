import { WebSocket } from 'ws'
import { allPages } from '../support/api.ts'
import type { Person } from '../support/people.ts'
import type { Site } from '../support/site.ts'

/** A notification, as far as it says what happened. */
export type Notice = { id: string; seq: number; kind: string; task_id: string | null; actor_id: string | null }

const noted = ({ kind, task_id, actor_id }: Omit<Notice, 'id' | 'seq'>) => `${kind} of ${task_id} by ${actor_id}`

/** What differs between the two, each notice counted. */
export function differences(expected: Omit<Notice, 'id' | 'seq'>[], found: Notice[]): string[] {
  const counts = new Map<string, number>()
  for (const notice of expected) counts.set(noted(notice), (counts.get(noted(notice)) ?? 0) + 1)
  for (const notice of found) counts.set(noted(notice), (counts.get(noted(notice)) ?? 0) - 1)
  return [...counts].flatMap(([notice, count]) =>
    count === 0 ? [] : `${count > 0 ? 'lacks' : 'has too much'}: ${notice}`,
  )
}

/** Somebody's notifications: all that their socket was sent, and all that the list has. */
export class Inbox {
  readonly sent: Notice[] = []
  readonly #site: Site
  readonly #person: Person
  readonly #socket: WebSocket

  constructor(site: Site, person: Person) {
    this.#site = site
    this.#person = person
    this.#socket = new WebSocket(`${site.url.replace('http', 'ws')}/ws/notifications/${person.id}?since=0`, {
      headers: { Authorization: `Bearer ${person.token}` },
    })
    this.#socket.on('message', (data) => {
      const message = JSON.parse(String(data))
      if (message.type === 'notification') this.sent.push(message)
      if (message.type === 'notifications') this.sent.push(...message.items)
    })
  }

  listed(): Promise<Notice[]> {
    return allPages(this.#site, '/notifications', this.#person.token)
  }

  leave(): void {
    this.#socket.terminate()
  }
}
