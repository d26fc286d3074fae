import { setTimeout as wait } from 'node:timers/promises'
import { withRetry } from '../../../client/src/index.ts'
import type { Dice } from '../../../local/faults.ts'
import type { Entry } from '../support/ledger.ts'
import type { Person } from '../support/people.ts'

export type Scene = { url: string; project_id: string; people: Person[] }

/** A keyed write that was requested. Its key is its request id too, so the journal names it. */
export type Wish = {
  key: string
  kind: 'task' | 'move' | 'project'
  /** The final answer; undefined when none came. */
  answer: { status: number; text: string } | undefined
}

export type Work = {
  wishes: Wish[]
  /** Requests that wait for their answer now. */
  waiting: number
  /** Attempts, and those that got no answer, or one of 500 and above. */
  sent: number
  lost: number
  /** Answers that repeated the kept answer of an earlier attempt. */
  replayed: number
}

export const newWork = (): Work => ({ wishes: [], waiting: 0, sent: 0, lost: 0, replayed: 0 })

const COLUMNS = ['todo', 'in_progress', 'review', 'done']

/** The ids of the people other than the writer: their assignments cause notifications. */
const othersOf = (people: Person[], me: Person) => people.filter(({ id }) => id !== me.id).map(({ id }) => id)

/** Waits at most 100 ms: a run has no time for the whole back-off. */
const waitBriefly = (ms: number) => wait(Math.min(ms, 100))

/** Our own client: it tries again until there is an answer, however long the Worker is away. */
function clientOf(work: Work): typeof fetch {
  const counted: typeof fetch = async (input, init) => {
    work.sent += 1
    work.waiting += 1
    try {
      const response = await fetch(input, init)
      const text = await response.text()
      if (response.status >= 500) work.lost += 1
      return new Response(text, response)
    } catch (error) {
      work.lost += 1
      throw error
    } finally {
      work.waiting -= 1
    }
  }
  return withRetry({ fetch: counted, attempts: 500, max_wait_ms: 2_000, timeout_ms: 15_000, sleep: waitBriefly })
}

/** `hands` writers at once create tasks, move them and sometimes create a project, until `until()` is true. */
export async function write(scene: Scene, dice: Dice, hands: number, work: Work, until: () => boolean): Promise<void> {
  const { url, project_id, people } = scene
  const send = clientOf(work)
  const pick = <T>(items: readonly T[]) => items[Math.floor(dice() * items.length)] as T // never empty
  const tasks: string[] = []

  const ask = async (wish: Wish, { token }: Person, method: string, path: string, body: object) => {
    work.wishes.push(wish)
    const headers = {
      'Content-Type': 'application/json',
      Authorization: `Bearer ${token}`,
      'Idempotency-Key': wish.key,
      'X-Request-Id': wish.key,
    }
    const answer = await send(`${url}${path}`, { method, headers, body: JSON.stringify(body) }).catch(() => undefined)
    if (!answer) return undefined
    if (answer.headers.has('Idempotency-Replayed')) work.replayed += 1
    wish.answer = { status: answer.status, text: await answer.text() }
    return answer.status < 300 ? (JSON.parse(wish.answer.text) as Entry['data']) : undefined
  }

  const runHand = async () => {
    while (!until()) {
      const [me, roll, key] = [pick(people), dice(), crypto.randomUUID()]
      if (roll < 0.04) await ask({ key, kind: 'project', answer: undefined }, me, 'POST', '/projects', { name: key })
      else if (roll < 0.5 || tasks.length === 0) {
        const body = { project_id, title: key, status: pick(COLUMNS), assignee_ids: [pick(othersOf(people, me))] }
        const made = await ask({ key, kind: 'task', answer: undefined }, me, 'POST', '/tasks', body)
        if (made) tasks.push(made.id)
      } else {
        const path = `/tasks/${pick(tasks)}/move`
        await ask({ key, kind: 'move', answer: undefined }, me, 'PATCH', path, { status: pick(COLUMNS) })
      }
    }
  }
  await Promise.all(Array.from({ length: hands }, runHand))
}
