import { expect, it } from 'vitest'
import { applyEvent } from '../../client/src/index.ts'
import { call, database, newPerson, newProject, newTask, type Person, readAllPages } from '../support/api.ts'

/** A board with more members than it lists: it says how many, and lists all people assigned to a card that it shows. */

async function addCrowd(owner: Person, project_id: string, size: number): Promise<string[]> {
  const ids = Array.from({ length: size }, () => crypto.randomUUID()).sort()
  const sql = database()
  await sql.transaction([
    sql`select set_actor(${owner.id})`,
    sql`insert into users (id, email, name) select id, id || '@example.com', 'One of many' from unnest(${ids}::uuid[]) id`,
    sql`insert into project_members (id, project_id, user_id, role)
      select gen_random_uuid(), ${project_id}, id, 'contributor' from unnest(${ids}::uuid[]) id`,
  ])
  return ids
}

it('shows 100 members and the assignees of its cards, with the count of members and a cursor to the rest', async () => {
  const ada = await newPerson('Ada')
  const { id } = await newProject(ada.token)
  const ids = await addCrowd(ada, id, 104)
  const everybody = [ada.id, ...ids].sort()
  const [late, hidden] = [everybody[102] ?? '', everybody[103] ?? '']
  await newTask(ada.token, id, { assignee_ids: [late] })
  const path = `/projects/${id}/board?per_column=1`
  await newTask(ada.token, id, { assignee_ids: [hidden] }) // on a card that the board does not show
  const { body: board } = await call('GET', path, { token: ada.token })
  const shown = board.members.map(({ user_id }: any) => user_id)
  expect(shown).toEqual([...everybody.slice(0, 100), late])
  expect(board.member_count).toBe(105)
  const cursor = encodeURIComponent(board.members_next_cursor)
  const rest = await readAllPages(`/projects/${id}/members?limit=2&cursor=${cursor}`, ada.token)
  expect(rest.map(({ user_id }) => user_id)).toEqual(everybody.slice(100))
  await call('DELETE', `/projects/${id}/members/${hidden}`, { token: ada.token })
  const events = (await call('GET', `/projects/${id}/activity?since=${board.seq}`, { token: ada.token })).body.items
  expect(events.reduce(applyEvent, board).member_count).toBe(104)
  expect((await call('GET', path, { token: ada.token })).body.member_count).toBe(104)
})

it('returns no cursor to further members when all are shown', async () => {
  const ada = await newPerson('Ada')
  const { id } = await newProject(ada.token)
  await addCrowd(ada, id, 99)
  const { body } = await call('GET', `/projects/${id}/board`, { token: ada.token })
  expect(body.members).toHaveLength(100)
  expect(Object.keys(body)).toEqual(['seq', 'epoch', 'project', 'columns', 'labels', 'members'])
})
