import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeEach, expect, it } from 'vitest'
import { call, database, newPerson, newProject, type Person } from '../support/api.ts'
import { runCron } from '../support/cron.ts'
import { createWebhook, newBox, seqsOf, waitForState } from '../support/webhooks.ts'

/** Events whose announcement was lost, as the scheduled job brings them to their webhooks. */

let ada: Person
let board: any
beforeEach(async () => {
  ada = await newPerson('Ada')
  board = await newProject(ada.token)
})

/** Waits until the sender has handled the last announcement and has no alarm, so that nothing wakes it by itself. */
const waitUntilAsleep = ({ id }: { id: string }) =>
  expect
    .poll(
      () =>
        runInDurableObject(env.WEBHOOK_SENDER.getByName(id), async (_, { storage }) => [
          storage.kv.get('hook') !== undefined,
          await storage.getAlarm(),
        ]),
      { interval: 30 },
    )
    .toEqual([true, null])

/** Renames a project without an announcement, as if the Worker had ended right after the commit. */
const changeQuietly = (id: string, name: string) => {
  const sql = database()
  return sql.transaction([sql`select set_actor(${ada.id})`, sql`update projects set name = ${name} where id = ${id}`])
}

it('sends what was committed and never announced', async () => {
  const box = newBox()
  const { body: hook } = await createWebhook(ada, board.id, { url: box.url })
  await waitUntilAsleep(hook)
  await changeQuietly(board.id, 'Artemis')
  await changeQuietly(board.id, 'Gemini')
  expect(await box.received()).toEqual([])
  await runCron()
  expect(seqsOf(await box.until(2))).toEqual([hook.seq + 1, hook.seq + 2])
  await waitForState(hook, { delivered_seq: hook.seq + 2 })
})

it('goes on with an attempt that its alarm has lost, and leaves one that waits', async () => {
  const box = newBox(500)
  await box.ready
  const { body: hook } = await createWebhook(ada, board.id, { url: box.url })
  await waitUntilAsleep(hook)
  await changeQuietly(board.id, 'Artemis')
  await runCron()
  await waitForState(hook, { last_error: 'answered 500' })
  const object = env.WEBHOOK_SENDER.getByName(hook.id)
  const alarm = () => runInDurableObject(object, (_, { storage }) => storage.getAlarm())
  const putOff = async () => {
    await database()`update webhook_states set next_attempt_at = now() + interval '1 hour' where webhook_id = ${hook.id}`
    return ((await alarm()) ?? 0) - Date.now()
  }
  await expect.poll(putOff).toBeGreaterThan(600_000) // no attempt is under way
  await runInDurableObject(object, (_, { storage }) => storage.deleteAlarm())
  await box.behave(204)
  const before = (await box.received()).length
  await runCron()
  expect(await box.received()).toHaveLength(before)
  await database()`update webhook_states set next_attempt_at = now() where webhook_id = ${hook.id}`
  await runCron()
  await waitForState(hook, { delivered_seq: hook.seq + 1 })
})

it('hears of what other jobs have done', async () => {
  const box = newBox()
  const { body: hook } = await createWebhook(ada, board.id, { url: box.url, actions: ['task.purged'] })
  const { body: card } = await call('POST', '/tasks', {
    token: ada.token,
    body: { project_id: board.id, title: 'Old' },
  })
  await call('DELETE', `/tasks/${card.id}`, { token: ada.token })
  const sql = database()
  await sql.transaction([
    sql`select set_actor(${ada.id})`,
    sql`update tasks set deleted_at = now() - interval '40 days' where id = ${card.id}`,
  ])
  await runCron()
  const [purged] = (await box.until(1)) as [any]
  expect(JSON.parse(purged.body)).toMatchObject({ action: 'task.purged', entity_id: card.id, user_id: null })
  expect(hook.status).toBe('active')
})
