import { setTimeout as wait } from 'node:timers/promises'
import type { Dice } from '../../../local/faults.ts'
import { api } from '../support/api.ts'
import type { Site } from '../support/site.ts'
import type { Client } from './client.ts'

const MAX_TASKS = 80 // so that every column fits into one board
const COLUMNS = ['todo', 'in_progress', 'review', 'done']

export interface Work {
  /** The highest head that an answer has named. */
  head: number
  requests: number
  /** Requests that a broken connection to Postgres or a killed region has failed. */
  failed: number
}

type Deps = {
  sites: Site[]
  token: string
  project_id: string
  shelf: string
  clients: Client[]
  dice: Dice
  until: () => boolean
}

const pick = <T>(dice: Dice, items: readonly T[]): T | undefined => items[Math.floor(dice() * items.length)]

/** One client changes its own board. Returns the project's head after that; 0 when it was refused. */
async function act(client: Client, dice: Dice, room: boolean): Promise<number> {
  const { live, board } = client
  const ids = board.columns.flatMap(({ tasks }) => tasks.map(({ id }) => id))
  const [id, before] = [pick(dice, ids), pick(dice, ids)]
  const status = pick(dice, COLUMNS) ?? ''
  const roll = dice()
  const settled = await (!id || (room && roll < 0.1)
    ? client.settle('create', live.create({ title: `Task ${dice()}`, status }))
    : roll < 0.3
      ? client.settle('comment', live.comment(id, `Comment ${dice()}`))
      : roll < 0.6
        ? client.settle('edit', live.edit(id, { title: `Title ${dice()}` }))
        : client.settle('move', live.move(id, { status, ...(before && before !== id && { before }) })))
  return settled.ok ? settled.answer.seq : 0
}

/**
 * `hands` people at once create, edit and move tasks, singly and in bulk, comment on them, tick items and transfer some
 * tasks, through any region that is up, until `until()` is true.
 */
export async function write(
  { sites, token, project_id, shelf, clients, dice, until }: Deps,
  work: Work,
  hands: number,
): Promise<void> {
  const tasks: string[] = []
  const comments: string[] = []
  const comment = async (site: Site, task: string) => {
    const id = pick(dice, comments)
    const body = { body: `Comment ${dice()}` }
    if (id && dice() < 0.3) return (await api(site, 'PATCH', `/comments/${id}`, token, body)).seq
    if (id && dice() < 0.3)
      return (await api(site, 'DELETE', `/comments/${comments.splice(comments.indexOf(id), 1)}`, token)).seq
    const made = await api<{ id: string }>(site, 'POST', `/tasks/${task}/comments`, token, body)
    if (made.status === 201) comments.push(made.body.id)
    return made.seq
  }
  // Some of it may be refused: a task may be in the trash, or its column full.
  const changeSeveral = async (site: Site) => {
    const status = pick(dice, COLUMNS)
    const together = tasks.filter(() => dice() < 0.1).map((id) => ({ op: 'move', id, status }))
    const mixed = Array.from({ length: 1 + Math.floor(dice() * 8) }, () => {
      const id = pick(dice, tasks)
      return dice() < 0.3
        ? { op: 'update', id, title: `Title ${dice()}` }
        : {
            op: 'move',
            id,
            status: pick(dice, [...COLUMNS, 'nowhere']),
            before: pick(
              dice,
              tasks.filter((task) => task !== id),
            ),
          }
    })
    const operations = dice() < 0.4 && together.length > 0 ? together : mixed
    return (await api(site, 'POST', '/tasks/bulk', token, { project_id, operations, partial: dice() < 0.8 })).seq
  }
  const lists: string[] = []
  const items: string[] = []
  const tick = async (site: Site, task: string) => {
    const [list, item, other] = [pick(dice, lists), pick(dice, items), pick(dice, items)]
    if (!list || dice() < 0.1) {
      const made = await api<{ id: string }>(site, 'POST', `/tasks/${task}/checklists`, token, {
        title: `List ${dice()}`,
      })
      if (made.status === 201) lists.push(made.body.id)
      return made.seq
    }
    if (dice() < 0.05)
      return (await api(site, 'DELETE', `/checklists/${lists.splice(lists.indexOf(list), 1)}`, token)).seq
    if (item && dice() < 0.1)
      return (await api(site, 'DELETE', `/checklist-items/${items.splice(items.indexOf(item), 1)}`, token)).seq
    if (item && dice() < 0.4)
      return (await api(site, 'PATCH', `/checklist-items/${item}`, token, { done: dice() < 0.5 })).seq
    if (item && other && item !== other && dice() < 0.3)
      // `other` is often of another checklist: then the move is refused
      return (await api(site, 'PATCH', `/checklist-items/${item}`, token, { after: other })).seq
    const made = await api<{ id: string }>(site, 'POST', `/checklists/${list}/items`, token, { text: `Item ${dice()}` })
    if (made.status === 201) items.push(made.body.id)
    return made.seq
  }
  const change = async (site: Site) => {
    const id = pick(dice, tasks)
    if (!id || (tasks.length < MAX_TASKS && dice() < 0.2)) {
      const made = await api<{ id: string }>(site, 'POST', '/tasks', token, { project_id, title: `Task ${dice()}` })
      if (made.status === 201) tasks.push(made.body.id)
      return made.seq
    }
    if (dice() < 0.2) return await comment(site, id)
    if (dice() < 0.15) return await changeSeveral(site)
    if (dice() < 0.04) {
      tasks.splice(tasks.indexOf(id), 1)
      await api(site, 'POST', `/tasks/${id}/transfer`, token, { project_id: shelf })
      return 0 // the head is of the other project
    }
    if (dice() < 0.2) return await tick(site, id)
    if (dice() < 0.5) return (await api(site, 'PATCH', `/tasks/${id}`, token, { title: `Title ${dice()}` })).seq
    return (await api(site, 'PATCH', `/tasks/${id}/move?status=${pick(dice, COLUMNS)}`, token)).seq
  }
  const actByClient = async () => {
    const client = pick(dice, clients)
    if (client) work.head = Math.max(work.head, await act(client, dice, tasks.length < MAX_TASKS))
  }
  const runHand = async () => {
    while (!until()) {
      const up = sites.filter((site) => site.up)
      const site = pick(dice, up)
      if (dice() < 0.2) await actByClient()
      else if (!site) await wait(100)
      else {
        work.requests += 1
        const seq = await change(site).catch(() => undefined)
        if (seq === undefined) work.failed += 1
        else work.head = Math.max(work.head, seq)
      }
    }
  }
  await Promise.all(Array.from({ length: hands }, runHand))
}
