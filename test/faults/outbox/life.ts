import { setTimeout as wait } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { type Board, createClient, dataOf, type Sent, type Socket } from '../../../client/src/index.ts'
import { seededDice } from '../../../local/faults.ts'
import { openFileStorage } from './file-storage.ts'

/*
 * One life: works on a board until the process is killed, or until all acts are answered. Prints each act when it is
 * stored, as a line of JSON, and at the end `{done: true, …}`.
 */

export type Orders = {
  url: string
  sockets: string
  token: string
  project: string
  file: string
  acts: number
  seed: number
}
export type Said = { key: string; kind: string; title?: string } | { done: true; refused: string[]; same: boolean }

const COLUMNS = ['todo', 'in_progress', 'review', 'done']
const orders: Orders = JSON.parse(process.argv[2] ?? '{}')
const { project } = orders
const dice = seededDice(orders.seed)
const pick = <T>(items: readonly T[]): T | undefined => items[Math.floor(dice() * items.length)]
const print = (said: Said) => process.stdout.write(`${JSON.stringify(said)}\n`)

const client = createClient({
  url: orders.url,
  token: orders.token,
  storage: openFileStorage(orders.file),
  connect: (address) =>
    new WebSocket(address.replace(new URL(orders.url).host, new URL(orders.sockets).host)) as unknown as Socket,
})
const board = client.openBoard({ project })
const takeSnapshot = () => board.getSnapshot()
while (!takeSnapshot().board) await wait(5)

/** The ids of the tasks that this life has created. */
const made: string[] = []
function act(n: number): { sent: Sent; kind: string; title?: string } {
  const shown = takeSnapshot().board?.columns.flatMap(({ tasks }) => tasks.map(({ id }) => id)) ?? []
  const id = pick([...shown, ...made.slice(-5)])
  const [roll, title, status] = [dice(), `${orders.seed}.${n}`, pick(COLUMNS) ?? '']
  if (!id || (shown.length < 60 && roll < 0.2)) {
    const sent = board.create({ title, status })
    made.push(sent.task_id)
    return { sent, kind: 'create', title }
  }
  if (roll < 0.4) return { sent: board.comment(id, title), kind: 'comment' }
  if (roll < 0.7) return { sent: board.edit(id, { title }), kind: 'edit', title }
  const before = pick(shown)
  return { sent: board.move(id, { status, ...(before && before !== id && { before }) }), kind: 'move' }
}

for (let n = 0; n < orders.acts; n++) {
  const { sent, ...what } = act(n)
  await sent.saved
  print({ key: sent.key, ...what })
  if (n % 10 === 0) await wait(20 * dice())
}
while (takeSnapshot().pending > 0) await wait(5)
/** Reads the board from the server, repeatedly, as the proxy loses answers to reads too. */
async function readBoard(): Promise<Board> {
  const params = { path: { id: project }, query: { per_column: 100 } }
  for (;;) {
    const read = client.api.GET('/projects/{id}/board', { params }).then(dataOf)
    const board = await read.catch(() => undefined)
    if (board) return board
    await wait(50)
  }
}
const truth = await readBoard()
while ((takeSnapshot().board?.seq ?? 0) < truth.seq) await wait(5)
print({
  done: true,
  refused: takeSnapshot().refusals.map(({ mutation, problem }) => `${mutation.kind} ${mutation.key}: ${problem.code}`),
  same: isDeepStrictEqual(takeSnapshot().board?.columns, truth.columns),
})
client.close()
