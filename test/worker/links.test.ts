import { exports } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import {
  call,
  database,
  newApiKey,
  newMember,
  newPerson,
  newProject,
  newTask,
  type Person,
  problem,
  readJournal,
} from '../support/api.ts'
import { messageOf, requestWith } from '../support/mcp.ts'
import { newWorker } from '../support/worker.ts'

/** Links between tasks: what each side shows, who may make them, and what a task waits for. */

const link = (who: Person, from: { id: string }, kind: string, to: { id: string }) =>
  call('POST', `/tasks/${from.id}/links`, { token: who.token, body: { kind, task_id: to.id } })
const unlink = (who: Person, { id }: { id: string }) => call('DELETE', `/links/${id}`, { token: who.token })
const linksOf = async (who: Person, of: { id: string }) => {
  const { items } = (await call('GET', `/tasks/${of.id}/links`, { token: who.token })).body
  return items.map((each: any) => [each.kind, each.task.number])
}
const isBlocked = async (who: Person, { id }: { id: string }) =>
  (await call('GET', `/tasks/${id}`, { token: who.token })).body.is_blocked
const move = (who: Person, { id }: { id: string }, status: string) =>
  call('PATCH', `/tasks/${id}/move?status=${status}`, { token: who.token })

async function newBoard(owner: Person, count = 2) {
  const made = await newProject(owner.token)
  const tasks = []
  for (let i = 0; i < count; i += 1) tasks.push(await newTask(owner.token, made.id, { title: `Task ${i + 1}` }))
  return { ...made, tasks }
}

describe('a link', () => {
  it.each([
    ['blocks', 'blocked_by'],
    ['relates', 'relates'],
    ['duplicates', 'duplicated_by'],
  ])('of the kind %s is shown on the other task as %s', async (kind, inverse) => {
    const ada = await newPerson()
    const { tasks } = await newBoard(ada)
    const made = await link(ada, tasks[0], kind, tasks[1])
    expect(made).toMatchObject({ status: 201, body: { kind, other_task_id: tasks[1].id, task: { title: 'Task 2' } } })
    expect(await linksOf(ada, tasks[0])).toEqual([[kind, tasks[1].number]])
    expect(await linksOf(ada, tasks[1])).toEqual([[inverse, tasks[0].number]])
    expect((await unlink(ada, made.body)).status).toBe(204)
    expect([await linksOf(ada, tasks[0]), await linksOf(ada, tasks[1])]).toEqual([[], []])
    expect(await unlink(ada, made.body)).toMatchObject(problem(404, 'not_found'))
  })

  it('is removed from either side', async () => {
    const ada = await newPerson()
    const { tasks } = await newBoard(ada)
    await link(ada, tasks[0], 'blocks', tasks[1])
    const [other] = (await call('GET', `/tasks/${tasks[1].id}/links`, { token: ada.token })).body.items
    expect((await unlink(ada, other)).status).toBe(204)
    expect([await linksOf(ada, tasks[0]), await isBlocked(ada, tasks[1])]).toEqual([[], false])
  })

  it('is journalled for both tasks, together with the change of is_blocked', async () => {
    const ada = await newPerson()
    const { id, tasks } = await newBoard(ada)
    const { body } = await link(ada, tasks[0], 'blocks', tasks[1])
    await unlink(ada, body)
    const rows = (await readJournal(ada.token, id, 0)).slice(-6)
    expect(rows.map(({ action, task_id }: any) => [action, task_id])).toEqual([
      ['link.created', tasks[0].id],
      ['link.created', tasks[1].id],
      ['task.updated', tasks[1].id],
      ['link.deleted', tasks[0].id],
      ['link.deleted', tasks[1].id],
      ['task.updated', tasks[1].id],
    ])
    expect(rows[2].changes).toEqual({ is_blocked: [false, true] })
  })

  it('cannot link a task to itself, link the same tasks twice, or link to an unknown task', async () => {
    const [ada, eve] = [await newPerson(), await newPerson()]
    const { tasks } = await newBoard(ada)
    const foreign = (await newBoard(eve)).tasks[0]
    expect(await link(ada, tasks[0], 'relates', tasks[0])).toMatchObject(problem(422, 'validation_failed'))
    expect(await link(ada, tasks[0], 'relates', { id: crypto.randomUUID() })).toMatchObject(
      problem(422, 'task_not_found'),
    )
    expect(await link(ada, tasks[0], 'relates', foreign)).toMatchObject(problem(422, 'task_not_found'))
    expect((await link(ada, tasks[0], 'relates', tasks[1])).status).toBe(201)
    expect(await link(ada, tasks[0], 'relates', tasks[1])).toMatchObject(problem(409, 'already_linked'))
    expect(await link(ada, tasks[1], 'relates', tasks[0])).toMatchObject(problem(409, 'already_linked'))
    expect(await link(ada, tasks[0], 'blocked_by', tasks[1])).toMatchObject(problem(422, 'validation_failed'))
  })

  it('is hidden while the other task is in the trash, and shown again after it is restored', async () => {
    const ada = await newPerson()
    const { tasks } = await newBoard(ada)
    await link(ada, tasks[0], 'blocks', tasks[1])
    await call('DELETE', `/tasks/${tasks[0].id}`, { token: ada.token })
    expect([await linksOf(ada, tasks[1]), await isBlocked(ada, tasks[1])]).toEqual([[], false])
    expect(await link(ada, tasks[1], 'relates', tasks[0])).toMatchObject(problem(422, 'task_not_found'))
    await call('POST', `/tasks/${tasks[0].id}/restore`, { token: ada.token })
    expect([await linksOf(ada, tasks[1]), await isBlocked(ada, tasks[1])]).toEqual([
      [['blocked_by', tasks[0].number]],
      true,
    ])
  })

  it('counts towards the quota of both tasks', async () => {
    const { call: low } = newWorker({ QUOTA_TASK_LINKS: '2' })
    const ada = await newPerson()
    const { tasks } = await newBoard(ada, 4)
    const add = (from: { id: string }, to: { id: string }) =>
      low('POST', `/tasks/${from.id}/links`, { token: ada.token, body: { kind: 'relates', task_id: to.id } })
    expect((await add(tasks[0], tasks[1])).status).toBe(201)
    expect((await add(tasks[0], tasks[2])).status).toBe(201)
    expect(await add(tasks[0], tasks[3])).toMatchObject(problem(409, 'too_many_task_links'))
    expect(await add(tasks[3], tasks[0])).toMatchObject(problem(409, 'too_many_task_links'))
  })
})

describe('a task', () => {
  it('is blocked while a task that blocks it is open', async () => {
    const ada = await newPerson()
    const { id, tasks } = await newBoard(ada, 3)
    await link(ada, tasks[0], 'blocks', tasks[2])
    await link(ada, tasks[1], 'blocks', tasks[2])
    expect(await isBlocked(ada, tasks[2])).toBe(true)
    await move(ada, tasks[0], 'done')
    expect(await isBlocked(ada, tasks[2])).toBe(true)
    await move(ada, tasks[1], 'done')
    expect(await isBlocked(ada, tasks[2])).toBe(false)
    await move(ada, tasks[1], 'todo')
    const list = async (value: boolean) =>
      (await call('GET', `/tasks?project_id=${id}&is_blocked=${value}`, { token: ada.token })).body.items.length
    expect([await isBlocked(ada, tasks[2]), await list(true), await list(false)]).toEqual([true, 1, 2])
  })

  it('is never blocked by itself through a chain of links', async () => {
    const ada = await newPerson()
    const { tasks } = await newBoard(ada, 4)
    for (const i of [0, 1, 2]) expect((await link(ada, tasks[i], 'blocks', tasks[i + 1])).status).toBe(201)
    expect(await link(ada, tasks[3], 'blocks', tasks[0])).toMatchObject(problem(409, 'link_circle'))
    expect((await link(ada, tasks[3], 'relates', tasks[0])).status).toBe(201)
  })

  it('is never blocked by itself after two concurrent links', async () => {
    const ada = await newPerson()
    for (let round = 0; round < 5; round += 1) {
      const { tasks } = await newBoard(ada)
      const both = [link(ada, tasks[0], 'blocks', tasks[1]), link(ada, tasks[1], 'blocks', tasks[0])]
      expect((await Promise.all(both)).map(({ status }) => status).sort()).toEqual([201, 409])
    }
  })
})

describe('a link to another project', () => {
  /** Ada is in both projects, Grace in the first, Linus in the second. */
  async function twoProjects(role = 'contributor') {
    const [ada, grace, linus] = [await newPerson(), await newPerson(), await newPerson()]
    const [here, there] = [await newBoard(grace), await newBoard(linus)]
    for (const [owner, { id }] of [
      [grace, here],
      [linus, there],
    ] as const)
      await call('POST', `/projects/${id}/members`, { token: owner.token, body: { user_id: ada.id, role } })
    return { ada, grace, linus, here, there }
  }

  it('is shown only to people who can see both projects', async () => {
    const { ada, grace, linus, here, there } = await twoProjects()
    const made = await link(ada, here.tasks[0], 'blocks', there.tasks[0])
    expect(made).toMatchObject({ status: 201, body: { other_task_id: null, task: { id: there.tasks[0].id } } })
    expect(await linksOf(ada, here.tasks[0])).toEqual([['blocks', there.tasks[0].number]])
    expect(await linksOf(ada, there.tasks[0])).toEqual([['blocked_by', here.tasks[0].number]])
    expect([await linksOf(grace, here.tasks[0]), await linksOf(linus, there.tasks[0])]).toEqual([[], []])
    const { key } = await newApiKey(ada, { scopes: ['read', 'write'], project_ids: [here.id] })
    expect(await linksOf({ ...ada, token: key }, here.tasks[0])).toEqual([])
    expect(await link({ ...ada, token: key }, here.tasks[0], 'relates', there.tasks[1])).toMatchObject(
      problem(422, 'task_not_found'),
    )
    const headers = { 'Idempotency-Key': crypto.randomUUID() }
    const body = { kind: 'relates', task_id: there.tasks[1].id }
    const repeat = (token: string) => call('POST', `/tasks/${here.tasks[0].id}/links`, { token, body, headers })
    expect((await repeat(ada.token)).status).toBe(201)
    expect(await repeat(key)).toMatchObject(problem(404, 'not_found')) // which would show the other task
    expect((await repeat(ada.token)).headers.get('Idempotency-Replayed')).toBe('true')
    for (const { token, project_id, secret } of [
      { token: grace.token, project_id: here.id, secret: there.tasks[0] },
      { token: linus.token, project_id: there.id, secret: here.tasks[0] },
    ]) {
      const { text } = await call('GET', `/projects/${project_id}/activity?limit=100`, { token })
      expect(text).toContain('link.created')
      expect(text).not.toContain(secret.id)
    }
  })

  it('updates is_blocked of the other task soon after the blocking task is finished or reopened', async () => {
    const { ada, linus, here, there } = await twoProjects()
    await link(ada, here.tasks[0], 'blocks', there.tasks[0])
    expect(await isBlocked(linus, there.tasks[0])).toBe(true)
    await move(ada, here.tasks[0], 'done')
    await expect.poll(() => isBlocked(linus, there.tasks[0])).toBe(false)
    await move(ada, here.tasks[0], 'todo')
    await expect.poll(() => isBlocked(linus, there.tasks[0])).toBe(true)
    const [event] = (await readJournal(linus.token, there.id, 0)).slice(-1)
    expect(event).toMatchObject({ user_id: null, request_id: null, changes: { is_blocked: [false, true] } })
  })

  it('is made once when it is made from both sides at the same time', async () => {
    const { ada, here, there } = await twoProjects()
    for (let round = 0; round < 5; round += 1) {
      const [one, other] = [await newTask(ada.token, here.id), await newTask(ada.token, there.id)]
      const both = await Promise.all([link(ada, one, 'relates', other), link(ada, other, 'relates', one)])
      expect(both.map(({ status }) => status).sort()).toEqual([201, 409])
    }
  })

  it('is deleted with the project at its other end', async () => {
    const { ada, grace, linus, here, there } = await twoProjects()
    await link(ada, here.tasks[0], 'blocks', there.tasks[0])
    expect((await call('DELETE', `/projects/${here.id}`, { token: grace.token })).status).toBe(204)
    await expect.poll(() => isBlocked(linus, there.tasks[0])).toBe(false)
    expect(await database()`select id from task_links where project_id = ${there.id}`).toEqual([])
    expect((await readJournal(linus.token, there.id, 0)).map(({ action }: any) => action)).toContain('link.deleted')
  })

  it('requires the role contributor in both projects, which must be active', async () => {
    const { ada, linus, here, there } = await twoProjects()
    const demote = (role: string) =>
      call('PATCH', `/projects/${there.id}/members/${ada.id}`, { token: linus.token, body: { role } })
    await demote('viewer')
    expect(await link(ada, here.tasks[0], 'blocks', there.tasks[0])).toMatchObject(problem(403, 'forbidden'))
    await demote('contributor')
    await call('PATCH', `/projects/${there.id}`, { token: linus.token, body: { status: 'archived' } })
    expect(await link(ada, here.tasks[0], 'blocks', there.tasks[0])).toMatchObject(problem(409, 'project_archived'))
    expect(await linksOf(ada, here.tasks[0])).toEqual([])
  })

  it('can be removed while the other project is archived, so that it blocks no task for good', async () => {
    const { ada, linus, here, there } = await twoProjects()
    await link(ada, there.tasks[0], 'blocks', here.tasks[0])
    await call('PATCH', `/projects/${there.id}`, { token: linus.token, body: { status: 'archived' } })
    expect(await isBlocked(ada, here.tasks[0])).toBe(true)
    const { items } = (await call('GET', `/tasks/${here.tasks[0].id}/links`, { token: ada.token })).body
    expect((await unlink(ada, items[0])).status).toBe(204)
    expect(await isBlocked(ada, here.tasks[0])).toBe(false)
    expect(await linksOf(ada, there.tasks[0])).toEqual([])
  })

  it('can be removed by people of either project, also after who made it has left', async () => {
    const { ada, grace, linus, here, there } = await twoProjects()
    const viewer = await newMember(grace, here.id, 'viewer')
    await link(ada, there.tasks[0], 'blocks', here.tasks[0])
    await call('DELETE', `/projects/${here.id}/members/${ada.id}`, { token: grace.token })
    const { items, hidden } = (await call('GET', `/tasks/${here.tasks[0].id}/links`, { token: grace.token })).body
    expect(items).toEqual([])
    expect(hidden).toEqual([{ id: expect.any(String), kind: 'blocked_by' }])
    const message = messageOf('tools/call', { name: 'list_links', arguments: { task: here.tasks[0].id } })
    const tool: any = await (await exports.default.fetch(requestWith(message, grace.token))).json()
    expect(tool.result.structuredContent).toEqual({ links: [], hidden })
    expect(await unlink(viewer, hidden[0])).toMatchObject(problem(403, 'forbidden'))
    expect(await unlink(linus, hidden[0])).toMatchObject(problem(404, 'not_found'))
    expect((await unlink(grace, hidden[0])).status).toBe(204)
    expect(await isBlocked(grace, here.tasks[0])).toBe(false)
    expect(await linksOf(ada, there.tasks[0])).toEqual([])
    const authorOf = async ({ token }: Person, { id }: { id: string }) =>
      (await readJournal(token, id, 0)).find(({ action }: any) => action === 'link.deleted').user_id
    expect([await authorOf(grace, here), await authorOf(linus, there)]).toEqual([grace.id, null])
  })

  it('is refused if it closes a circle with concurrent links of three projects', async () => {
    const ada = await newPerson()
    for (let round = 0; round < 3; round += 1) {
      const boards = [await newBoard(ada), await newBoard(ada), await newBoard(ada)]
      for (const [i, { tasks }] of boards.entries())
        expect((await link(ada, tasks[1], 'blocks', boards[(i + 1) % 3]?.tasks[0])).status).toBe(201)
      const within = await Promise.all(boards.map(({ tasks }) => link(ada, tasks[0], 'blocks', tasks[1])))
      expect(within.map(({ status }) => status).sort()).toEqual([201, 201, 409])
    }
  })
})

it('keeps a link after its maker has left the project and can no longer see it', async () => {
  const ada = await newPerson()
  const { id, tasks } = await newBoard(ada)
  const grace = await newMember(ada, id, 'contributor')
  await link(grace, tasks[0], 'relates', tasks[1])
  await call('DELETE', `/projects/${id}/members/${grace.id}`, { token: ada.token })
  expect(await linksOf(ada, tasks[0])).toEqual([['relates', tasks[1].number]])
  expect((await call('GET', `/tasks/${tasks[0].id}/links`, { token: grace.token })).status).toBe(404)
})
