import { WebSocket } from 'ws'
import { allPages } from '../support/api.ts'
import type { Person } from '../support/people.ts'
import type { Site } from '../support/site.ts'

/** The fields of a notification that say what happened. */
export type Notice = { id: string; seq: number; kind: string; task_id: string | null; actor_id: string | null }

const textOf = ({ kind, task_id, actor_id }: Omit<Notice, 'id' | 'seq'>) => `${kind} of ${task_id} by ${actor_id}`

/** The differences between two lists of notices, in words. Equal notices are counted. */
export function findDifferences(expected: Omit<Notice, 'id' | 'seq'>[], found: Notice[]): string[] {
  const counts = new Map<string, number>()
  for (const notice of expected) counts.set(textOf(notice), (counts.get(textOf(notice)) ?? 0) + 1)
  for (const notice of found) counts.set(textOf(notice), (counts.get(textOf(notice)) ?? 0) - 1)
  return [...counts].flatMap(([notice, count]) =>
    count === 0 ? [] : `${count > 0 ? 'lacks' : 'has too much'}: ${notice}`,
  )
}

/** A person's notifications: those that their socket has received (`sent`), and those of the list. */
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

  /** The newest state of each that its socket has received: a transfer of a task sends its notifications again. */
  present(): Notice[] {
    return [...new Map(this.sent.map((notice) => [notice.id, notice])).values()]
  }

  /** Whether its socket has received these, in these versions. */
  hasAll(listed: Notice[]): boolean {
    const versions = new Map(this.present().map(({ id, seq }) => [id, seq]))
    return listed.every(({ id, seq }) => versions.get(id) === seq)
  }

  readList(): Promise<Notice[]> {
    return allPages(this.#site, '/notifications', this.#person.token)
  }

  leave(): void {
    this.#socket.terminate()
  }
}
