import { beforeAll, expect, it } from 'vitest'
import { call, type Person, person } from '../support/api.ts'
import { exported, freshKey, upload } from '../support/exports.ts'

const fixtures = import.meta.glob<string>('../fixtures/imports/*', { query: '?raw', import: 'default', eager: true })
const fixture = (name: string) => fixtures[`../fixtures/imports/${name}`] ?? ''
const trello = fixture('trello.json')

let ada: Person
beforeAll(async () => {
  ada = await person('Ada')
})

const JSON_TYPE = { 'Content-Type': 'application/json' }
const send = (path: string, body: string, headers: object = JSON_TYPE, token = ada.token) =>
  call('POST', `/imports${path}`, { token, body, headers: { ...headers } as Record<string, string> })

async function boardOf(id: string) {
  const { body } = await call('GET', `/projects/${id}/board`, { token: ada.token })
  return body.columns.map(({ name, category, tasks }: any) => [name, category, tasks.map(({ title }: any) => title)])
}

it('previews a board of Trello, and makes it', async () => {
  const preview = await send('/preview', trello)
  expect(preview.status).toBe(200)
  expect(preview.body).toMatchObject({
    format: 'trello',
    project: { name: 'Harbour Kitchen Refit', key: expect.stringMatching(/^HARBO/) },
    counts: {
      columns: 3,
      tasks: 5,
      archived: 3,
      templates: 1,
      comments: 2,
      checklists: 3,
      checklist_items: 5,
      labels: 5,
      links: 1,
      attachments: 2,
    },
    people: [
      { name: 'Ada Brook', email: null, matched_user_id: null },
      { name: 'Ben Okafor', email: null, matched_user_id: null },
    ],
  })
  const made = await send('', trello)
  expect(made).toMatchObject({ status: 201, body: { project_id: expect.any(String) } })
  const { project_id, ...report } = made.body
  expect(report.counts).toEqual(preview.body.counts)
  expect(report.warnings).toEqual(preview.body.warnings)
  expect(await boardOf(project_id)).toEqual([
    ['Ideas', 'backlog', ['Measure the wall', 'Choose worktop']],
    ['Doing 🚧', 'in_progress', ['Plumber second visit', 'Order tiles']],
    ['Done', 'done', ['Remove old units']],
  ])
  const archived = await call('GET', `/tasks?project_id=${project_id}&archived=true&sort=title`, { token: ada.token })
  expect(archived.body.items.map(({ title }: any) => title)).toEqual([
    'Insulate pipes',
    'Knock the wall down',
    'Survey',
  ])
  const again = await upload((await exported(project_id, ada.token)).text, ada, `?key=${freshKey()}`)
  expect(again).toMatchObject({ status: 201, body: {} })
})
