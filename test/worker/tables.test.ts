import { exports } from 'cloudflare:workers'
import { parse } from 'csv-parse/sync'
import { expect, it } from 'vitest'
import { call, newMember, newPerson, newProject, newTask, ORIGIN } from '../support/api.ts'

const parseTable = (text: string) => parse(text, { columns: true, bom: true }) as Record<string, string>[]

async function tableOf(path: string, token: string) {
  const response = await exports.default.fetch(`${ORIGIN}${path}`, { headers: { Authorization: `Bearer ${token}` } })
  return {
    status: response.status,
    headers: response.headers,
    text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(await response.arrayBuffer()),
  }
}

it('exports all tasks of a project as CSV that an independent parser reads', async () => {
  const ada = await newPerson('Ada')
  const board = await newProject(ada.token)
  const label = await call('POST', `/projects/${board.id}/labels`, { token: ada.token, body: { name: 'Bug; small' } })
  const title = '=HYPERLINK("x"), "quoted"'
  const parent = await newTask(ada.token, board.id, { title })
  const fields = { description: 'One,\n"two"', estimate: 2.5, due_date: '2026-12-24', priority: 'high' }
  const row = await newTask(ada.token, board.id, {
    ...fields,
    assignee_ids: [ada.id],
    label_ids: [label.body.id],
    parent_id: parent.id,
  })
  await call('PATCH', `/tasks/${parent.id}`, { token: ada.token, body: { archived_at: '2026-01-01T00:00:00Z' } })
  await call('DELETE', `/tasks/${(await newTask(ada.token, board.id)).id}`, { token: ada.token })
  const { headers, text } = await tableOf(`/projects/${board.id}/tasks.csv`, ada.token)
  expect(headers.get('Content-Type')).toBe('text/csv; charset=utf-8')
  expect(text.split('\r\n')).toHaveLength(4)
  const [first, second, ...others] = parseTable(text)
  expect(others).toEqual([])
  expect(first).toMatchObject({ title: `'${title}`, archived_at: expect.stringMatching(/Z$/) })
  expect(second).toMatchObject({
    number: row.number,
    project: board.name,
    assignees: 'Ada',
    labels: 'Bug;; small',
    parent: parent.number,
    description: fields.description,
    estimate: '2.5',
    due_date: '2026-12-24',
    priority: 'high',
    created_at: row.created_at,
    completed_at: '',
    checklist_total: '0',
  })
  const excel = await tableOf(`/projects/${board.id}/tasks.csv?excel=true`, ada.token)
  expect(excel.text).toBe(`\ufeff${text}`)
  await call('DELETE', `/tasks/${parent.id}`, { token: ada.token })
  const [orphan] = parseTable((await tableOf(`/projects/${board.id}/tasks.csv`, ada.token)).text)
  expect(orphan).toMatchObject({ number: row.number, parent: '' }) // its parent is in the trash, so in no row
})

it('exports the tasks that are assigned to me in all my projects, over several pages', async () => {
  const ada = await newPerson('Ada')
  const [board, other] = [await newProject(ada.token), await newProject(ada.token)]
  const grace = await newMember(ada, board.id, 'editor', 'Grace')
  await call('POST', `/projects/${other.id}/members`, { token: ada.token, body: { user_id: grace.id } })
  const long = 'x'.repeat(100_000)
  const mine = []
  for (let n = 0; n < 25; n += 1)
    mine.push(await newTask(ada.token, board.id, { title: `Mine ${n}`, description: long, assignee_ids: [grace.id] }))
  await newTask(ada.token, board.id)
  await newTask(ada.token, other.id, { assignee_ids: [ada.id] })
  mine.push(await newTask(ada.token, other.id, { title: 'Mine too', assignee_ids: [grace.id] }))
  const { text } = await tableOf('/users/me/tasks.csv', grace.token)
  expect(parseTable(text).map(({ number }) => number)).toEqual(mine.map(({ number }) => number))
  expect(parseTable(text)[24]?.description).toBe(long)
})
