import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { expect, it } from 'vitest'
import { call, newMember, newPerson, newProject, newTask, type Person } from '../support/api.ts'
import { connect, hubOf, type LiveSocket } from '../support/socket.ts'

/** Ada's board with a card on it, and Bob, who may read it. */
async function newBoard() {
  const ada = await newPerson('Ada')
  const { id } = await newProject(ada.token)
  const bob = await newMember(ada, id, 'viewer', 'Bob')
  const { id: task_id } = await newTask(ada.token, id)
  return { ada, bob, id, task_id, open: (who: Person) => connect(id, { token: who.token }) }
}

type Entry = [Person, string | null]

const listOf = (...entries: Entry[]) =>
  entries.map(([{ id }, task_id]) => ({ user_id: id, task_id })).sort((a, b) => (a.user_id < b.user_id ? -1 : 1))

/** Waits until the last list that came is this one. */
async function waitForList(socket: LiveSocket, ...entries: Entry[]): Promise<void> {
  const wanted = JSON.stringify(listOf(...entries))
  await socket.until(() => JSON.stringify(socket.presence.at(-1)) === wanted)
}

it('lists the people who are there right after hello, the new person included', async () => {
  const { ada, bob, open } = await newBoard()
  const his = await open(bob)
  await waitForList(his, [bob, null])
  const hers = await open(ada)
  await waitForList(hers, [ada, null], [bob, null])
  await waitForList(his, [ada, null], [bob, null])
  expect(hers.frames.slice(0, 2).map(({ type }) => type)).toEqual(['hello', 'presence'])
  expect(hers.presence).toHaveLength(1)
})

it('shows who looks at which card, and when they close it', async () => {
  const { ada, bob, task_id, open } = await newBoard()
  const [hers, his] = [await open(ada), await open(bob)]
  hers.send({ type: 'presence', task_id })
  for (const socket of [hers, his]) await waitForList(socket, [ada, task_id], [bob, null])
  hers.send({ type: 'presence' })
  for (const socket of [hers, his]) await waitForList(socket, [ada, null], [bob, null])
  hers.send({ type: 'presence', task_id: task_id.toUpperCase() })
  for (const socket of [hers, his]) await waitForList(socket, [ada, task_id], [bob, null])
})

it('sends simultaneous changes together, and never repeats a list', async () => {
  const { ada, bob, task_id, open } = await newBoard()
  const [hers, his] = [await open(ada), await open(bob)]
  await waitForList(his, [ada, null], [bob, null])
  const before = his.presence.length
  for (let i = 0; i < 20; i++) hers.send({ type: 'presence', task_id: crypto.randomUUID() })
  hers.send({ type: 'presence', task_id })
  await waitForList(his, [ada, task_id], [bob, null])
  expect(his.presence.length - before).toBeLessThanOrEqual(2)
  hers.send({ type: 'presence', task_id })
  his.send({ type: 'presence', task_id })
  await waitForList(his, [ada, task_id], [bob, task_id])
  for (const { presence } of [hers, his]) {
    const lists = presence.map((list) => JSON.stringify(list))
    expect(lists.filter((list, i) => list === lists[i - 1])).toEqual([])
  }
})

it('lists a person with several sockets once, with the card that was opened last', async () => {
  const { ada, bob, task_id, open } = await newBoard()
  const [first, his] = [await open(ada), await open(bob)]
  first.send({ type: 'presence', task_id })
  await waitForList(his, [ada, task_id], [bob, null])
  const second = await open(ada)
  await waitForList(second, [ada, task_id], [bob, null])
  const other = crypto.randomUUID()
  second.send({ type: 'presence', task_id: other })
  await waitForList(his, [ada, other], [bob, null])
  second.close()
  await waitForList(his, [ada, task_id], [bob, null])
  first.close()
  await waitForList(his, [bob, null])
})

it('keeps presence over hibernation', async () => {
  const { ada, bob, id, task_id, open } = await newBoard()
  const [hers, his] = [await open(ada), await open(bob)]
  hers.send({ type: 'presence', task_id })
  await waitForList(his, [ada, task_id], [bob, null])
  const heard = his.presence.length
  await evictDurableObject(hubOf(id))
  const again = await open(bob)
  await waitForList(again, [ada, task_id], [bob, null])
  await evictDurableObject(hubOf(id))
  hers.send({ type: 'presence' })
  await waitForList(his, [ada, null], [bob, null])
  expect(his.presence).toHaveLength(heard + 1) // the sleeps and his own second socket sent him nothing
})

it('takes people off the list who are removed from the project or whose session ends', async () => {
  const { ada, bob, id, open } = await newBoard()
  const eve = await newMember(ada, id, 'viewer', 'Eve')
  const [hers, his] = [await open(ada), await open(bob), await open(eve)]
  await waitForList(hers, [ada, null], [bob, null], [eve, null])
  await call('DELETE', `/projects/${id}/members/${bob.id}`, { token: ada.token })
  await waitForList(hers, [ada, null], [eve, null])
  await call('POST', '/auth/logout', { token: eve.token })
  await waitForList(hers, [ada, null])
  expect(await his.end()).toMatchObject({ code: 4403 })
  expect(his.presence.at(-1)).toEqual(listOf([ada, null], [bob, null], [eve, null]))
})

it('shows presence of one board on no other board', async () => {
  const [first, second] = [await newBoard(), await newBoard()]
  const [hers, theirs] = [await first.open(first.ada), await second.open(second.ada)]
  hers.send({ type: 'presence', task_id: first.task_id })
  await waitForList(hers, [first.ada, first.task_id])
  expect(theirs.presence).toEqual([listOf([second.ada, null])])
})

it.each([
  ['a task_id that is not a UUID', { type: 'presence', task_id: 'card' }],
  ['an unknown field', { type: 'presence', task_id: null, user_id: crypto.randomUUID() }],
])('answers %s with an error, and does not show it', async (_what, message) => {
  const { ada, open } = await newBoard()
  const socket = await open(ada)
  socket.send(message)
  expect(await socket.message('error')).toMatchObject({ code: 'message_invalid' })
  expect(socket.presence).toEqual([listOf([ada, null])])
})

it('removes a client whose pings stop until it pings again, but keeps a client that never pings', async () => {
  const { ada, bob, id, open } = await newBoard()
  const [hers, his] = [await open(ada), await open(bob)]
  his.send('ping')
  await his.until(() => his.messages.includes('pong'))
  const pinged = Date.now()
  await waitForList(hers, [ada, null], [bob, null])
  await hers.until(() => hers.presence.at(-1)?.length === 1)
  expect(Date.now() - pinged).toBeLessThan(25_000) // 14 s of silence and 0.25 s to gather, on a busy machine
  expect(hers.presence.at(-1)).toEqual(listOf([ada, null]))
  expect(his.closed).toBeNull()
  his.send('ping')
  await his.until(() => his.messages.filter((message) => message === 'pong').length === 2)
  await runDurableObjectAlarm(hubOf(id))
  await waitForList(hers, [ada, null], [bob, null])
})

it('stores no presence in the hub or the journal', async () => {
  const { ada, bob, id, task_id, open } = await newBoard()
  const [hers, his] = [await open(ada), await open(bob)]
  hers.send({ type: 'presence', task_id })
  await waitForList(his, [ada, task_id], [bob, null])
  const keys = await runInDurableObject(hubOf(id), (_hub, state) => [...state.storage.kv.list()].map(([key]) => key))
  expect(keys).toEqual(['check_at'])
  const { body } = await call('GET', `/projects/${id}/activity`, { token: ada.token })
  expect(body.items.map(({ action }: { action: string }) => action)).not.toContain('presence')
})
