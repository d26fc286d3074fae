import { beforeEach, expect, it } from 'vitest'
import {
  call,
  database,
  newMember,
  newPerson,
  newProject,
  newTask,
  type Person,
  problem,
  readJournal,
} from '../support/api.ts'

/** Assignees are a set that several people change at once: no change is lost, and their order has no meaning. */

let ada: Person
let bob: Person
let cyd: Person
let board: { id: string }
beforeEach(async () => {
  ada = await newPerson('Ada')
  board = await newProject(ada.token)
  bob = await newMember(ada, board.id, 'contributor', 'Bob')
  cyd = await newMember(ada, board.id, 'contributor', 'Cyd')
})

const newCard = (assignees: Person[] = []) =>
  newTask(ada.token, board.id, { assignee_ids: assignees.map(({ id }) => id) })
const edit = (by: Person, id: string, body: object, headers = {}) =>
  call('PATCH', `/tasks/${id}`, { token: by.token, body, headers })
const list = (by: Person, id: string, people: Person[], more = {}) =>
  edit(by, id, { assignee_ids: people.map(({ id }) => id), ...more })
const assigneesOf = async (id: string) => {
  const { body } = await call('GET', `/tasks/${id}`, { token: ada.token })
  return body.assignee_ids.map((who: string) => [ada, bob, cyd].findIndex(({ id }) => id === who))
}
const [ADA, BOB, CYD] = [0, 1, 2]

/** Repeats a scenario that fails, if it took more than two seconds, as the rule it tests then does not apply. */
async function withinTwoSeconds(scenario: () => Promise<void>): Promise<void> {
  for (;;) {
    const begun = Date.now()
    try {
      return await scenario()
    } catch (error) {
      if (Date.now() - begun < 2_000) throw error
    }
  }
}

it('assigns both people when two of them take a card at the same time', async () => {
  await withinTwoSeconds(async () => {
    const { id } = await newCard()
    const both = await Promise.all([list(bob, id, [bob]), list(cyd, id, [cyd])])
    expect(both.map(({ status }) => status)).toEqual([200, 200])
    expect((await assigneesOf(id)).toSorted()).toEqual([BOB, CYD])
  })
})

it('keeps a person who was added meanwhile when another person unassigns themself', async () => {
  await withinTwoSeconds(async () => {
    const { id } = await newCard([bob])
    await list(cyd, id, [bob, cyd])
    await list(bob, id, []) // Bob has only seen himself on the card
    expect(await assigneesOf(id)).toEqual([CYD])
  })
})

it('replaces by a list the assignees that its writer has seen or names', async () => {
  const { id } = await newCard([bob])
  await list(ada, id, [ada])
  expect(await assigneesOf(id)).toEqual([ADA])
  await list(ada, id, [])
  expect(await assigneesOf(id)).toEqual([])
  await list(ada, id, [bob])
  await list(bob, id, []) // unassigns himself: this list counts as new, though the card had it before
  expect(await assigneesOf(id)).toEqual([])
  await list(ada, id, [bob])
  await list(bob, id, [cyd]) // handed on
  expect(await assigneesOf(id)).toEqual([CYD])
  const { headers } = await list(ada, id, [ada])
  await edit(bob, id, { assignee_ids: [bob.id] }, { 'If-Match': headers.get('ETag') })
  expect(await assigneesOf(id)).toEqual([BOB]) // a writer who names the version has seen its list
})

it('adds and removes single assignees, whatever else has changed', async () => {
  const { id, seq } = await newCard([ada])
  await edit(bob, id, { add_assignee_ids: [bob.id] })
  const body = { add_assignee_ids: [cyd.id, bob.id], remove_assignee_ids: [ada.id], base_seq: seq }
  expect((await edit(cyd, id, body)).status).toBe(200)
  expect(await assigneesOf(id)).toEqual([BOB, CYD])
  const head = await readJournal(ada.token, board.id, seq)
  expect((await edit(ada, id, { add_assignee_ids: [bob.id], remove_assignee_ids: [ada.id] })).status).toBe(200)
  expect(await readJournal(ada.token, board.id, seq)).toEqual(head) // nothing to do, nothing journalled
})

it.each([
  ['a whole list together with an addition', () => ({ assignee_ids: [bob.id], add_assignee_ids: [cyd.id] })],
  [
    'the addition and removal of the same person',
    () => ({ add_assignee_ids: [bob.id], remove_assignee_ids: [bob.id] }),
  ],
  ['a person who is not a member', () => ({ add_assignee_ids: [crypto.randomUUID()] })],
])('refuses %s', async (_, body) => {
  const { id } = await newCard()
  expect((await edit(ada, id, body())).status).toBe(422)
})

it('allows at most 50 assignees', async () => {
  const { id } = await newCard([ada])
  const crowd = Array.from({ length: 50 }, () => crypto.randomUUID())
  const sql = database()
  await sql.transaction([
    sql`select set_actor(${ada.id})`,
    sql`insert into users (id, email, name) select id, id || '@example.com', 'One of many' from unnest(${crowd}::uuid[]) id`,
    sql`insert into project_members (id, project_id, user_id, role)
      select gen_random_uuid(), ${board.id}, id, 'contributor' from unnest(${crowd}::uuid[]) id`,
  ])
  expect(await edit(ada, id, { add_assignee_ids: crowd })).toMatchObject(problem(422, 'validation_failed'))
  expect((await edit(ada, id, { add_assignee_ids: crowd.slice(1) })).status).toBe(200)
})

it('treats the same assignees in another order as no change and no conflict', async () => {
  const made = await newCard([bob, cyd])
  const { body } = await list(ada, made.id, [cyd, bob])
  expect([body.seq, body.assignee_ids]).toEqual([made.seq, made.assignee_ids])
  expect(await readJournal(ada.token, board.id, made.seq)).toEqual([])
  await list(bob, made.id, [cyd])
  await list(bob, made.id, [cyd, bob])
  expect((await list(ada, made.id, [bob, cyd], { base_seq: made.seq })).status).toBe(200)
})

it('with base_seq, keeps the additions and removals of both sides', async () => {
  const { id, seq } = await newCard([ada])
  await list(bob, id, [bob]) // Ada off, Bob on
  const { status } = await list(cyd, id, [ada, cyd], { base_seq: seq })
  expect([status, await assigneesOf(id)]).toEqual([200, [BOB, CYD]])
})

it('with base_seq, reports no conflict with a change that was undone', async () => {
  const { id, seq, title } = await newCard()
  await edit(ada, id, { title: 'Another' })
  await edit(ada, id, { title })
  const { status, body } = await edit(bob, id, { title: 'The third', base_seq: seq })
  expect([status, body.title]).toEqual([200, 'The third'])
  expect(await edit(cyd, id, { title: 'The fourth', base_seq: seq })).toMatchObject({
    status: 409,
    body: { conflicts: { title: { yours: 'The fourth', theirs: 'The third' } } },
  })
})

it('keeps a person who was added meanwhile, although the writer has moved the card in between', async () => {
  await withinTwoSeconds(async () => {
    const { id } = await newCard()
    await list(cyd, id, [cyd])
    await call('PATCH', `/tasks/${id}/move?status=in_progress`, { token: bob.token })
    await list(bob, id, [bob]) // sent before Bob's client has seen Cyd
    expect((await assigneesOf(id)).toSorted()).toEqual([BOB, CYD])
  })
})
