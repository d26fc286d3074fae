import { expect, it, onTestFinished, vi } from 'vitest'
import { PING_POLL_MS } from '../../src/live/catch-up.ts'
import { MAX_UNREAD } from '../../src/live/limits.ts'
import { newPerson, newProject, newTask } from '../support/api.ts'
import { addHistory, connect, type LiveSocket } from '../support/socket.ts'

const LONG = { description: 'long '.repeat(40_000) }
/** How many such events are somewhat more than a socket may leave unread. */
const MANY = Math.ceil((1.2 * MAX_UNREAD) / 200_000)

/** A board at seq 6, and a past of `count` long tasks after it. */
async function newBoard(count = MANY) {
  const ada = await newPerson()
  const { id } = await newProject(ada.token)
  await addHistory(id, count, LONG)
  return { ada, id }
}

const seqsAfter = (since: number, until: number) => Array.from({ length: until - since }, (_, i) => since + 1 + i)

/** Pings after each page, and again only when the pong has come, as docs/live.md tells a client to. */
async function pingAsItReads(socket: LiveSocket, done: () => boolean): Promise<void> {
  const pongs = () => socket.messages.filter((message) => message === 'pong').length
  for (let seen = 0, pings = 1; !done() && !socket.closed; pings++) {
    await socket.until(() => socket.seqs.length > seen || done() || socket.closed !== null)
    seen = socket.seqs.length
    socket.send('ping')
    await socket.until(() => pongs() === pings || socket.closed !== null)
  }
}

it('closes a socket that gives no sign of reading, and lets its client resume after the last event', async () => {
  const { ada, id } = await newBoard()
  const wait = vi.spyOn(scheduler, 'wait')
  const silent = await connect(id, { token: ada.token, query: '?since=6' })
  const other = await connect(id, { token: ada.token })
  await silent.until(() => silent.closed !== null)
  expect(wait).toHaveBeenCalledWith(PING_POLL_MS) // for pings
  expect(silent.closed).toMatchObject({ code: 4408 })
  const reached = silent.seqs.length + 6
  expect(silent.seqs).toEqual(seqsAfter(6, reached))
  expect(reached).toBeLessThan(6 + MANY)
  const bytes = silent.messages.reduce<number>((sum, message) => sum + JSON.stringify(message).length, 0)
  expect(bytes).toBeLessThanOrEqual(MAX_UNREAD)
  const back = await connect(id, { token: ada.token, query: `?since=${reached}` })
  await back.message('replayed')
  expect(back.seqs).toEqual(seqsAfter(reached, 6 + MANY))
  await newTask(ada.token, id)
  await other.seq(7 + MANY)
  expect(other.closed).toBeNull()
})

it('does not wait for pings in a replay that is within the limit of unread data', async () => {
  const most = Math.floor((0.9 * MAX_UNREAD) / 200_000)
  const { ada, id } = await newBoard(most)
  const wait = vi.spyOn(scheduler, 'wait')
  const silent = await connect(id, { token: ada.token, query: '?since=6' })
  await silent.message('replayed')
  expect(wait).not.toHaveBeenCalledWith(PING_POLL_MS)
  expect(silent.seqs).toEqual(seqsAfter(6, 6 + most))
  expect(silent.closed).toBeNull()
})

it('sends a whole replay to a client that pings only every two seconds', async () => {
  const { ada, id } = await newBoard()
  const socket = await connect(id, { token: ada.token, query: '?since=6' })
  const pinging = setInterval(() => socket.send('ping'), 2_000)
  onTestFinished(() => clearInterval(pinging))
  await socket.message('replayed')
  expect(socket.seqs).toEqual(seqsAfter(6, 6 + MANY))
})

it('sends a whole replay to a client that pings as it reads', async () => {
  const { ada, id } = await newBoard()
  const socket = await connect(id, { token: ada.token, query: '?since=6' })
  const replayed = () => socket.messages.some(({ type }) => type === 'replayed')
  await pingAsItReads(socket, replayed)
  expect(socket.closed).toBeNull()
  expect(socket.seqs).toEqual(seqsAfter(6, 6 + MANY))
})
