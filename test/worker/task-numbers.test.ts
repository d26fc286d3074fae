import { expect, it } from 'vitest'
import { call, newMember, newPerson, newProject, newTask, problem } from '../support/api.ts'

it('finds, edits, moves, deletes and restores a task by its number in any case', async () => {
  const { token } = await newPerson()
  const board = await newProject(token)
  await newTask(token, board.id)
  const { id, number } = await newTask(token, board.id, { title: 'Second' })
  for (const name of [number, number.toLowerCase(), id, id.toUpperCase()])
    expect((await call('GET', `/tasks/${name}`, { token })).body).toMatchObject({ id, number, title: 'Second' })
  const { seq } = (await call('GET', `/tasks/${id}`, { token })).body
  await call('PATCH', `/tasks/${id}`, { token, body: { title: 'Theirs' } })
  const edited = await call('PATCH', `/tasks/${number}`, { token, body: { title: 'Edited', base_seq: seq } })
  expect(edited).toMatchObject(problem(409, 'edit_conflict'))
  const { headers } = await call('GET', `/tasks/${number}`, { token })
  const If = { 'If-Match': headers.get('ETag') ?? '' }
  expect((await call('PATCH', `/tasks/${number}`, { token, body: { title: 'Edited' }, headers: If })).body.id).toBe(id)
  expect((await call('PATCH', `/tasks/${number}`, { token, body: {}, headers: If })).status).toBe(412)
  const keyed = { 'Idempotency-Key': crypto.randomUUID() }
  const move = () => call('PATCH', `/tasks/${number}/move?status=done`, { token, headers: keyed })
  const moved = await move()
  expect(moved.body).toMatchObject({ id, status: 'done', title: 'Edited' })
  expect((await move()).text).toBe(moved.text)
  expect((await call('DELETE', `/tasks/${number}`, { token })).status).toBe(204)
  expect(await call('GET', `/tasks/${number}`, { token })).toMatchObject(problem(404, 'not_found'))
  expect((await call('POST', `/tasks/${number}/restore`, { token })).body.id).toBe(id)
})

it('reads and writes the comments, links, checklists and watchers of a task by its number too', async () => {
  const { token } = await newPerson()
  const board = await newProject(token)
  const [first, second] = [await newTask(token, board.id), await newTask(token, board.id)]
  const send = (method: string, what: string, body?: object) =>
    call(method, `/tasks/${first.number.toLowerCase()}/${what}`, { token, body })
  const comment = await send('POST', 'comments', { body: 'Hello' })
  expect(comment).toMatchObject({ status: 201, body: { task_id: first.id } })
  const link = await send('POST', 'links', { kind: 'blocks', task_id: second.id })
  expect(link).toMatchObject({ status: 201, body: { task_id: first.id } })
  const itself = await send('POST', 'links', { kind: 'relates', task_id: first.id })
  expect(itself).toMatchObject(problem(422, 'validation_failed'))
  const list = await send('POST', 'checklists', { title: 'List' })
  expect(list).toMatchObject({ status: 201, body: { task_id: first.id } })
  expect((await send('DELETE', 'watch')).status).toBe(204)
  expect((await send('GET', 'watchers')).body.items).toEqual([])
  expect((await send('PUT', 'watch')).status).toBe(204)
  for (const [what, id] of [
    ['comments', comment.body.id],
    ['links', link.body.id],
    ['checklists', list.body.id],
    ['watchers', undefined],
  ])
    expect((await send('GET', what)).body.items.map((row: any) => row.id)).toEqual([id])
})

it('returns 404 by number to people without access, and 403 to members whose role is too low', async () => {
  const owner = await newPerson()
  const board = await newProject(owner.token)
  const { number } = await newTask(owner.token, board.id)
  const eve = await newPerson()
  const viewer = await newMember(owner, board.id, 'viewer')
  for (const name of [number, `${board.key}-99`, 'NOBODY-1', 'NOBODY-9999999999']) {
    for (const method of ['GET', 'PATCH', 'DELETE'])
      expect(
        await call(method, `/tasks/${name}`, { token: eve.token, ...(method === 'PATCH' && { body: {} }) }),
      ).toMatchObject(problem(404, 'not_found'))
  }
  expect(await call('DELETE', `/tasks/${number}`, { token: viewer.token })).toMatchObject(problem(403, 'forbidden'))
})

it.each(['42', 'A-1', 'APOLLO-0', 'APOLLO', 'APOLLO-1x', "APOLLO-1'", 'TOOLONGKEYX-1'])(
  'refuses %s as a number or an id',
  async (name) => {
    const { token } = await newPerson()
    expect(await call('GET', `/tasks/${encodeURIComponent(name)}`, { token })).toMatchObject({
      ...problem(422, 'validation_failed'),
      body: { errors: [{ path: 'id', message: 'must be an id, or a number such as APOLLO-12' }] },
    })
  },
)
