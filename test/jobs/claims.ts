import { beforeEach, expect, it } from 'vitest'
import { call, database, join, type Person, person, problem, project, task } from '../support/api.ts'
import { act, claim, expire } from '../support/claims.ts'
import { runCron } from '../support/cron.ts'
import { connect } from '../support/socket.ts'

/** The end of a lease, by the job that stands in for an alarm. */

let ada: Person
let bot: Person
let board: any
beforeEach(async () => {
  ada = await person('Ada')
  board = await project(ada.token)
  bot = await join(ada, board.id, 'contributor', 'Bot')
})

const get = async (id: string) => (await call('GET', `/tasks/${id}`, { token: ada.token })).body

it('is given back by the jobs, too, and a socket hears of it', async () => {
  const card = await task(ada.token, board.id)
  const held = (await claim(bot, board.id)).body
  const socket = await connect(board.id, { token: ada.token })
  await expire(card.id)
  await runCron()
  await socket.seq(held.seq + 1)
  const event = socket.events.at(-1)
  expect(event).toMatchObject({ action: 'task.moved', user_id: null, data: { status: 'todo', assignee_ids: [] } })
})

it('ends the claim when people move, reassign or archive the card, and leaves the card so', async () => {
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
    await task(ada.token, board.id)
    const held = (await claim(bot, board.id)).body
    await call('PATCH', `/tasks/${held.id}`, { token: ada.token, body: change })
    expect(await act(bot, held, 'complete', { status: 'done' })).toMatchObject(problem(409, 'lease_lost'))
    await expire(held.id)
    await runCron()
    expect(await get(held.id)).toMatchObject(stays)
  }
})

it('goes back at once when its holder is removed', async () => {
  const card = await task(ada.token, board.id)
  const held = (await claim(bot, board.id)).body
  await call('DELETE', `/projects/${board.id}/members/${bot.id}`, { token: ada.token })
  expect((await act(bot, held, 'complete', { status: 'done' })).status).toBe(404)
  await runCron()
  expect(await get(card.id)).toMatchObject({ status: 'todo', assignee_ids: [] })
  expect(await database()`select 1 from task_claims where task_id = ${card.id}`).toEqual([])
})

it('takes only its holder off a card that others have, too', async () => {
  for (const how of ['release', 'expiry']) {
    await task(ada.token, board.id)
    const held = (await claim(bot, board.id)).body
    await call('PATCH', `/tasks/${held.id}`, { token: ada.token, body: { add_assignee_ids: [ada.id] } })
    if (how === 'release') expect((await act(bot, held, 'release')).body.assignee_ids).toEqual([ada.id])
    await expire(held.id)
    await runCron()
    expect(await get(held.id)).toMatchObject({ status: 'in_progress', assignee_ids: [ada.id] })
  }
})

it('moves nothing in an archived project', async () => {
  const card = await task(ada.token, board.id)
  await claim(bot, board.id)
  await call('PATCH', `/projects/${board.id}`, { token: ada.token, body: { status: 'archived' } })
  await expire(card.id)
  await runCron()
  expect(await get(card.id)).toMatchObject({ status: 'in_progress', assignee_ids: [bot.id] })
  expect(await database()`select 1 from task_claims where task_id = ${card.id}`).toEqual([])
})

it('puts many back in the order in which they were taken, some at a time', async () => {
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

it('stays where it is, and is nobody’s, when its column is full or gone', async () => {
  const columns = `/projects/${board.id}/columns`
  const { token } = ada
  await call('POST', columns, { token, body: { key: 'queue', name: 'Queue', category: 'todo' } })
  const card = await task(token, board.id, { status: 'queue' })
  const held = (await claim(bot, board.id, { from: 'queue' })).body
  await call('PATCH', `${columns}/queue`, { token, body: { wip_limit: 1, wip_mode: 'block' } })
  await task(token, board.id, { status: 'queue', title: 'Full' })
  const { body } = await act(bot, held, 'release')
  expect(body).toMatchObject({ id: card.id, status: 'in_progress', assignee_ids: [] })
  const full = (await claim(bot, board.id, { from: 'queue' })).body
  await call('DELETE', `${columns}/queue?move_to=todo`, { token })
  await expire(full.id)
  await runCron()
  expect(await get(full.id)).toMatchObject({ status: 'in_progress', assignee_ids: [] })
})
