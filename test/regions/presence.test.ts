import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, expect, it, vi } from 'vitest'
import { configOf } from '../../src/config/config.ts'
import { channelOf, shardOf } from '../../src/live/places.ts'
import { openCache } from '../../src/redis/client.ts'
import { newMember, newPerson, newProject, newTask, type Person } from '../support/api.ts'
import { breakRedis, healRedis, redisState, SHARDS, workerIn } from '../support/regions.ts'
import { breakDatabase, type LiveSocket } from '../support/socket.ts'

const europe = workerIn('weur')
const america = workerIn('enam')
const open: LiveSocket[] = []

/** A board with sockets of Ada (`hers`, in Europe) and Bob (`his`, in America). Both relays listen already. */
async function newBoard() {
  const ada = await newPerson('Ada')
  const { id } = await newProject(ada.token)
  const bob = await newMember(ada, id, 'viewer', 'Bob')
  const { id: task_id } = await newTask(ada.token, id)
  const hers = await watch(europe, ada, id)
  const his = await watch(america, bob, id)
  await expect.poll(async () => (await redisState()).streams).toBe(2)
  return { ada, bob, id, task_id, hers, his }
}

async function watch(region: typeof europe, who: Person, project_id: string): Promise<LiveSocket> {
  const socket = await region.connect(project_id, who)
  open.push(socket)
  await socket.message('hello')
  return socket
}

/** Waits until the socket's newest list of people is `entries`: who, and the card they look at. */
async function waitForList(socket: LiveSocket, ...entries: [Person, string | null][]): Promise<void> {
  const list = entries.map(([{ id }, task_id]) => ({ user_id: id, task_id }))
  const wanted = JSON.stringify(list.sort((a, b) => (a.user_id < b.user_id ? -1 : 1)))
  await socket.until(() => JSON.stringify(socket.presence.at(-1)) === wanted)
}

afterEach(async () => {
  await healRedis()
  for (const socket of open.splice(0)) socket.close()
  await expect.poll(async () => (await redisState()).streams).toBe(0)
})

it('shows in one region who looks at which card in another, and when they leave', async () => {
  const { ada, bob, task_id, hers, his } = await newBoard()
  for (const socket of [hers, his]) await waitForList(socket, [ada, null], [bob, null])
  his.send({ type: 'presence', task_id })
  for (const socket of [hers, his]) await waitForList(socket, [ada, null], [bob, task_id])
  his.close()
  await waitForList(hers, [ada, null])
})

it('sends presence to other regions by Redis at once, without waiting for a tick', async () => {
  const { ada, bob, id, task_id, hers, his } = await newBoard()
  await waitForList(hers, [ada, null], [bob, null])
  for (const region of [europe, america]) await region.withoutAlarms(id)
  his.send({ type: 'presence', task_id })
  await waitForList(hers, [ada, null], [bob, task_id])
})

it('lists the people of other regions for a new socket right after hello, also after hibernation', async () => {
  const { ada, bob, id, task_id, hers, his } = await newBoard()
  his.send({ type: 'presence', task_id })
  await waitForList(hers, [ada, null], [bob, task_id])
  const again = await watch(europe, ada, id)
  await waitForList(again, [ada, null], [bob, task_id])
  expect(again.presence).toHaveLength(1)
  await vi.waitFor(() => evictDurableObject(europe.hub(id)), 60_000)
  const third = await watch(europe, ada, id)
  await waitForList(third, [ada, null], [bob, task_id])
  await waitForList(hers, [ada, null], [bob, task_id])
})

it('corrects the list of people after a tick when Redis lost a message', async () => {
  const { ada, bob, task_id, hers, his } = await newBoard()
  await waitForList(hers, [ada, null], [bob, null])
  await breakRedis({ seed: 1, pubsub: { lose: 1 } })
  his.send({ type: 'presence', task_id })
  await waitForList(his, [ada, null], [bob, task_id])
  await expect.poll(async () => (await redisState()).injected.lose).toBeGreaterThan(0)
  await healRedis()
  await waitForList(hers, [ada, null], [bob, task_id])
})

it('shows the people of both regions again after the relays were killed', async () => {
  const { ada, bob, id, task_id, hers, his } = await newBoard()
  await waitForList(hers, [ada, null], [bob, null])
  await europe.killRelay(id)
  await america.killRelay(id)
  his.send({ type: 'presence', task_id })
  await waitForList(hers, [ada, null], [bob, task_id])
  hers.send({ type: 'presence', task_id })
  await waitForList(his, [ada, task_id], [bob, task_id])
})

it('removes the people of a region that stops sending presence', async () => {
  const { ada, bob, id, hers } = await newBoard()
  await waitForList(hers, [ada, null], [bob, null])
  const ghost = crypto.randomUUID()
  const users = [{ user_id: ghost, task_id: null, at: Date.now() }]
  await publish(id, { presence: [{ project_id: id, users }], origin: 'afr', at: Date.now() })
  await hers.until(() => hers.presence.at(-1)?.some(({ user_id }) => user_id === ghost) === true)
  await waitForList(hers, [ada, null], [bob, null])
})

it('removes people whose access ends in another region', async () => {
  const { ada, bob, id, hers, his } = await newBoard()
  await waitForList(hers, [ada, null], [bob, null])
  await europe.call('DELETE', `/projects/${id}/members/${bob.id}`, ada)
  await waitForList(hers, [ada, null])
  expect(await his.end()).toMatchObject({ code: 4403 })
})

it('wakes a hub to check for silent people without a database query, but not when one person is left', async () => {
  const { ada, bob, id, hers, his } = await newBoard()
  const hub = europe.hub(id)
  const alarm = () => runInDurableObject(hub, (_hub, state) => state.storage.getAlarm())
  const checkAt = () => runInDurableObject(hub, (_hub, state) => state.storage.kv.get<number>('check_at') ?? 0)
  hers.send('ping')
  await waitForList(hers, [ada, null], [bob, null])
  // After the check that follows a join, the relay checks for this hub: its own alarm only looks for silent people.
  await expect.poll(async () => (await checkAt()) - Date.now()).toBeGreaterThan(60_000)
  await expect.poll(async () => ((await alarm()) ?? Number.POSITIVE_INFINITY) - Date.now()).toBeLessThan(15_000)
  const asked = breakDatabase('stream_epoch from projects where id')
  await runDurableObjectAlarm(hub)
  his.close()
  await waitForList(hers, [ada, null])
  asked.end()
  expect(asked.cut()).toBe(0)
  await runDurableObjectAlarm(hub)
  expect(await alarm()).toBeGreaterThan(Date.now() + 60_000)
})

const publish = (project_id: string, message: object) =>
  openCache(configOf(env as Env)).publish(channelOf(shardOf(project_id, SHARDS), SHARDS), message)
