import { beforeEach, expect, it } from 'vitest'
import { call, database, newMember, newPerson, newProject, newTask, type Person, problem } from '../support/api.ts'
import { actOnClaim, claim, expire } from '../support/claims.ts'
import { runCron } from '../support/cron.ts'
import { connect } from '../support/socket.ts'

/** Claims whose lease has ended, as the scheduled job ends them when no alarm has done it. */

let ada: Person
let bot: Person
let board: any
beforeEach(async () => {
  ada = await newPerson('Ada')
  board = await newProject(ada.token)
  bot = await newMember(ada, board.id, 'contributor', 'Bot')
})

const get = async (id: string) => (await call('GET', `/tasks/${id}`, { token: ada.token })).body

it('gives a card back by the jobs, too, and tells sockets', async () => {
  const card = await newTask(ada.token, board.id)
  const held = (await claim(bot, board.id)).body
  const socket = await connect(board.id, { token: ada.token })
  await expire(card.id)
  await runCron()
  await socket.seq(held.seq + 1)
  const event = socket.events.at(-1)
  expect(event).toMatchObject({ action: 'task.moved', user_id: null, data: { status: 'todo', assignee_ids: [] } })
})

it('ends the claim when people move, reassign or archive the card, and leaves the card as they put it', async () => {
  const moves: [object, object][] = [
    [{ status: 'review' }, { status: 'review', assignee_ids: [bot.id] }],
    [{ remove_assignee_ids: [bot.id] }, { status: 'in_progress', assignee_ids: [] }],
    [
      { add_assignee_ids: [ada.id], remove_assignee_ids: [bot.id] },
      { status: 'in_progress', assignee_ids: [ada.id] },
    ],
    [{ archived_at: new Date().toISOString() }, { status: 'in_progress', assignee_ids: [bot.id] }],
  ]
  for (const [change, stays] of moves) {
    await newTask(ada.token, board.id)
    const held = (await claim(bot, board.id)).body
    await call('PATCH', `/tasks/${held.id}`, { token: ada.token, body: change })
    expect(await actOnClaim(bot, held, 'complete', { status: 'done' })).toMatchObject(problem(409, 'lease_lost'))
    await expire(held.id)
    await runCron()
    expect(await get(held.id)).toMatchObject(stays)
  }
})

it('gives a card back when its holder is removed, without waiting for the end of the lease', async () => {
  const card = await newTask(ada.token, board.id)
  const held = (await claim(bot, board.id)).body
  await call('DELETE', `/projects/${board.id}/members/${bot.id}`, { token: ada.token })
  expect((await actOnClaim(bot, held, 'complete', { status: 'done' })).status).toBe(404)
  await runCron()
  expect(await get(card.id)).toMatchObject({ status: 'todo', assignee_ids: [] })
  expect(await database()`select 1 from task_claims where task_id = ${card.id}`).toEqual([])
})

it('gives the cards of a removed member back in the order of the queue', async () => {
  const ids: string[] = []
  for (let n = 0; n < 6; n += 1) ids.push((await newTask(ada.token, board.id)).id)
  for (let n = 0; n < 4; n += 1) await claim(bot, board.id)
  await call('DELETE', `/projects/${board.id}/members/${bot.id}`, { token: ada.token })
  await runCron()
  const { items } = (await call('GET', `/tasks?project_id=${board.id}&status=todo&sort=position`, { token: ada.token }))
    .body
  expect(items.map(({ id }: any) => id)).toEqual(ids)
})

it('takes only the holder off a card that is assigned to others, too', async () => {
  for (const how of ['release', 'expiry']) {
    await newTask(ada.token, board.id)
    const held = (await claim(bot, board.id)).body
    await call('PATCH', `/tasks/${held.id}`, { token: ada.token, body: { add_assignee_ids: [ada.id] } })
    if (how === 'release') expect((await actOnClaim(bot, held, 'release')).body.assignee_ids).toEqual([ada.id])
    await expire(held.id)
    await runCron()
    expect(await get(held.id)).toMatchObject({ status: 'in_progress', assignee_ids: [ada.id] })
  }
})

it('moves nothing in an archived project, until it is open again', async () => {
  const card = await newTask(ada.token, board.id)
  const set = (status: string) => call('PATCH', `/projects/${board.id}`, { token: ada.token, body: { status } })
  await claim(bot, board.id)
  await set('archived')
  await expire(card.id)
  await runCron()
  expect(await get(card.id)).toMatchObject({ status: 'in_progress', assignee_ids: [bot.id] })
  await set('active')
  await runCron()
  expect(await get(card.id)).toMatchObject({ status: 'todo', assignee_ids: [] })
  expect(await database()`select 1 from task_claims where task_id = ${card.id}`).toEqual([])
})

it('gives many cards back in the order in which they were claimed, some at a time', async () => {
  const operations = Array.from({ length: 60 }, (_, n) => ({ op: 'create', title: `Card ${n}` }))
  await call('POST', '/tasks/bulk', { token: ada.token, body: { project_id: board.id, operations } })
  const ids: string[] = []
  for (let n = 0; n < 60; n += 1) ids.push((await claim(bot, board.id)).body.id)
  await expire(...ids)
  await runCron()
  const { items } = (
    await call('GET', `/tasks?project_id=${board.id}&status=todo&sort=position&limit=100`, { token: ada.token })
  ).body
  expect(items.map(({ id }: any) => id)).toEqual(ids)
})

it('leaves a card where it is, unassigned, when its first column is full or deleted', async () => {
  const columns = `/projects/${board.id}/columns`
  const { token } = ada
  await call('POST', columns, { token, body: { key: 'queue', name: 'Queue', category: 'todo' } })
  const card = await newTask(token, board.id, { status: 'queue' })
  const held = (await claim(bot, board.id, { from: 'queue' })).body
  await call('PATCH', `${columns}/queue`, { token, body: { wip_limit: 1, wip_mode: 'block' } })
  await newTask(token, board.id, { status: 'queue', title: 'Full' })
  const { body } = await actOnClaim(bot, held, 'release')
  expect(body).toMatchObject({ id: card.id, status: 'in_progress', assignee_ids: [] })
  const full = (await claim(bot, board.id, { from: 'queue' })).body
  await call('DELETE', `${columns}/queue?move_to=todo`, { token })
  await expire(full.id)
  await runCron()
  expect(await get(full.id)).toMatchObject({ status: 'in_progress', assignee_ids: [] })
})
