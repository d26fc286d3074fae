import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect, it, vi } from 'vitest'
import { createClient, keyed } from '../../client/src/index.ts'
import { app } from '../../src/app.ts'
import { call, newPerson, newProject, ORIGIN, problem, readAllPages } from '../support/api.ts'
import { laneOf } from '../support/lane.ts'

/** A Worker on its own lane, with these faults between it and Postgres. `sent` counts the requests to it. */
async function newFaultyWorker(faults: object) {
  const lane = laneOf(crypto.randomUUID())
  await fetch(`${lane.neon}/control`, { method: 'POST', body: JSON.stringify(faults) })
  let sent = 0
  const send = async (input: RequestInfo | URL, init?: RequestInit) => {
    sent += 1
    const execution = createExecutionContext()
    const response = await app.fetch(new Request(input, init), { ...env, ...lane.vars }, execution)
    await waitOnExecutionContext(execution)
    return response
  }
  return { send, sent: () => sent }
}

const titles = Array.from({ length: 25 }, (_, i) => `Task ${i}`)

it('neither loses nor repeats a keyed write when half of the answers are lost after the commit', async () => {
  const ada = await newPerson()
  const board = await newProject(ada.token)
  const { send, sent } = await newFaultyWorker({ seed: 11, commit_then_drop: 0.5 })
  const retry = { attempts: 20, sleep: async () => undefined }
  const { api } = createClient({ url: ORIGIN, token: () => ada.token, fetch: send, retry })
  for (const title of titles) {
    const { response } = await api.POST('/tasks', { body: { project_id: board.id, title }, ...keyed() })
    expect(response.status).toBe(201)
  }
  const tasks = await readAllPages(`/tasks?project_id=${board.id}`, ada.token)
  expect(tasks.map(({ title }) => title).sort()).toEqual(titles.toSorted())
  expect(sent()).toBeGreaterThan(titles.length + 5)
})

it('returns 503 without a retry when the answer to a write without a key is lost', async () => {
  const ada = await newPerson()
  const board = await newProject(ada.token)
  const { send, sent } = await newFaultyWorker({ commit_then_drop: 1 })
  const { api } = createClient({ url: ORIGIN, token: () => ada.token, fetch: send })
  const { response } = await api.POST('/tasks', { body: { project_id: board.id, title: 'Once' } })
  expect(response.status).toBe(503)
  expect(sent()).toBe(1)
  expect(await readAllPages(`/tasks?project_id=${board.id}`, ada.token)).toHaveLength(1)
})

it('returns 503 for a database answer that cannot come from Postgres', async () => {
  const { token } = await newPerson()
  const real = globalThis.fetch
  for (const status of [200, 400, 502]) {
    const page = async () => new Response('<h1>Welcome to nginx</h1>', { status })
    const proxy = vi.spyOn(globalThis, 'fetch').mockImplementation((input, init) => {
      return String(input).endsWith('/sql') ? page() : real(input, init)
    })
    expect(await call('GET', '/users/me', { token })).toMatchObject(problem(503, 'unavailable'))
    proxy.mockRestore()
  }
})
