import { randomUUID } from 'node:crypto'
import { parseList } from 'structured-headers'
import { expect, it, vi } from 'vitest'
import { newSecret } from '../../src/security/tokens.ts'
import {
  type Answer,
  call,
  type Init,
  newApiKey,
  newMember,
  newPerson,
  newProject,
  newTask,
  PASSWORD,
  problem,
} from '../support/api.ts'
import { csvFile, smallFile } from '../support/exports.ts'
import { addHistory } from '../support/socket.ts'
import { createWebhook } from '../support/webhooks.ts'
import { newWorker } from '../support/worker.ts'

const getMe = (worker: ReturnType<typeof newWorker>, token: string) => worker.call('GET', '/users/me', { token })

/** A rate limit header, parsed into its items: `{user: {q: 600, w: 60}}`. */
function itemsOf(headers: Headers, name: string): Record<string, Record<string, number>> {
  const list = parseList(headers.get(name) ?? '')
  return Object.fromEntries(list.map(([item, parameters]) => [item, Object.fromEntries(parameters)])) as never
}
const limitOf = ({ headers }: Answer) => itemsOf(headers, 'RateLimit')

/** More than the ten requests of a person that the other Worker of these tests has reserved. */
const FEW = 15

it('reports the remaining requests of a user in the RateLimit headers of the IETF draft', async () => {
  const [{ token }, worker] = [await newPerson(), newWorker({ LIMIT_USER: '600/3600' })]
  const answers = [
    await getMe(worker, token),
    await worker.call('POST', '/projects', { token, body: { name: 'Apollo' } }),
  ]
  for (const [n, answer] of answers.entries()) {
    expect(itemsOf(answer.headers, 'RateLimit-Policy')).toEqual({ user: { q: 600, w: 3600 } })
    expect(limitOf(answer)).toEqual({ user: { r: 599 - n, t: expect.any(Number) } })
    expect(limitOf(answer).user?.t).toBeGreaterThan(3_500)
    expect(limitOf(answer).user?.t).toBeLessThanOrEqual(3_600)
  }
})

it('counts refused requests, too, but no request without a valid token', async () => {
  const [{ token }, worker] = [await newPerson(), newWorker({ LIMIT_USER: '600/3600' })]
  await worker.call('POST', '/projects', { token, body: {} })
  await worker.call('GET', `/projects/${randomUUID()}`, { token })
  expect(limitOf(await getMe(worker, token)).user?.r).toBe(597)
  expect((await getMe(worker, 'not.a.token')).headers.has('RateLimit')).toBe(false)
})

it('refuses a user who has used up all requests, without a request to Postgres or Redis', async () => {
  const [{ token }, other, worker] = [await newPerson(), await newPerson(), newWorker({ LIMIT_USER: '3/3600' })]
  for (const left of [2, 1, 0]) expect(limitOf(await getMe(worker, token))).toMatchObject({ user: { r: left } })
  const before = await worker.requests()
  const refused = [
    await getMe(worker, token),
    await worker.call('POST', '/projects', { token, body: { name: 'Late' } }),
    await worker.call('GET', `/ws/projects/${randomUUID()}`, { token, headers: { Upgrade: 'websocket' } }),
  ]
  for (const answer of refused) {
    expect(answer).toMatchObject(problem(429, 'too_many_requests'))
    expect(answer.body).toMatchObject({ policy: 'user', retry_after: expect.any(Number) })
    expect(answer.headers.get('Retry-After')).toBe(String(limitOf(answer).user?.t))
    expect(limitOf(answer).user).toMatchObject({ r: 0 })
  }
  expect(await worker.requests()).toEqual(before)
  expect((await getMe(worker, other.token)).status).toBe(200)
})

it('counts the requests to all Workers together, and refuses a read whose count is over the limit', async () => {
  const { token } = await newPerson()
  const [here, there] = [newWorker({ LIMIT_USER: '3/3600' }), newWorker({ LIMIT_USER: '3/3600' })]
  for (const worker of [here, there, here]) expect((await getMe(worker, token)).status).toBe(200)
  const refused = await getMe(there, token) // this Worker has seen only one of them
  expect(refused).toMatchObject(problem(429, 'too_many_requests'))
  expect(refused.headers.has('ETag')).toBe(false)
})

it('does not refuse a write that has been made, but refuses the next one', async () => {
  const { token } = await newPerson()
  const [here, there] = [newWorker({ LIMIT_USER: '2/3600' }), newWorker({ LIMIT_USER: '2/3600' })]
  for (const worker of [here, here]) await getMe(worker, token)
  const write = () => there.call('POST', '/projects', { token, body: { name: 'Just in time' } })
  const made = await write()
  expect(made).toMatchObject({ status: 201, body: { name: 'Just in time' } })
  expect(limitOf(made).user).toMatchObject({ r: 0 })
  expect(await write()).toMatchObject(problem(429, 'too_many_requests'))
  expect((await call('GET', '/projects', { token })).body.items).toHaveLength(1)
})

it('asks Redis for one in ten requests of a user, and still counts all of them', async () => {
  const [{ token }, worker] = [await newPerson(), newWorker({ LIMIT_USER: '600/3600' })]
  const counts: number[] = []
  for (let n = 0; n < 25; n += 1) counts.push(limitOf(await getMe(worker, token)).user?.r as number)
  expect(counts).toEqual(Array.from({ length: 25 }, (_, n) => 599 - n))
  expect(await worker.requests()).toMatchObject({ redis: 3, neon: 25 })
  const other = newWorker({ LIMIT_USER: '600/3600' })
  expect(limitOf(await getMe(other, token)).user?.r).toBe(569) // after the 30 that the first has counted
})

it('asks Redis for each request when the limit is small', async () => {
  const [{ token }, worker] = [await newPerson(), newWorker({ LIMIT_USER: '100/3600' })]
  for (let n = 0; n < 3; n += 1) await getMe(worker, token)
  expect(await worker.requests()).toMatchObject({ redis: 3, neon: 3 })
})

it('counts a request once more for each 64 KiB of data, but at most half of the limit at once', async () => {
  const [{ token }, worker] = [await newPerson(), newWorker({ LIMIT_USER: '600/3600', CACHE_SECONDS: '0' })]
  const board = await newProject(token)
  const left = async () => limitOf(await getMe(worker, token)).user?.r as number
  const ids: string[] = []
  for (let n = 0; n < 12; n++) ids.push((await newTask(token, board.id, { description: 'x'.repeat(90_000) })).id)
  const cost = async (path: string) => {
    const before = await left()
    expect((await worker.call('GET', path, { token })).status).toBe(200)
    return before - (await left()) - 1
  }
  expect(await cost('/users/me')).toBe(1)
  expect(await cost(`/tasks/${ids[0]}`)).toBe(2)
  expect(await cost(`/tasks?project_id=${board.id}`)).toBe(1 + Math.floor((12 * 90_000 + 5_000) / 65_536))
  const little = newWorker({ LIMIT_USER: '30/3600', CACHE_SECONDS: '0' })
  const reader = await newMember({ token } as never, board.id, 'viewer')
  const read = () => little.call('GET', `/tasks?project_id=${board.id}`, { token: reader.token })
  const statuses = [(await read()).status, (await read()).status, (await read()).status]
  expect(statuses).toEqual([200, 200, 429]) // each counts 15 more: the second uses up the rest
})

it('accepts requests of a user again after the window has ended', async () => {
  const [{ token }, worker] = [await newPerson(), newWorker({ LIMIT_USER: '1/4' })]
  const statuses = (await Promise.all([getMe(worker, token), getMe(worker, token)])).map(({ status }) => status)
  expect(statuses.toSorted()).toEqual([200, 429])
  await expect.poll(async () => (await getMe(worker, token)).status).toBe(200)
})

it('counts an upgrade as a request, by token and by ticket', async () => {
  const { id, token } = await newPerson()
  const worker = newWorker({ LIMIT_USER: `${FEW}/3600` })
  const upgrade = (query: string, token?: string) =>
    worker.call('GET', `/ws/notifications/${id}${query}`, { token, headers: { Upgrade: 'websocket' } })
  expect((await upgrade('', token)).status).toBe(101)
  const { ticket } = (await worker.call('POST', '/auth/ws-ticket', { token })).body
  expect((await upgrade(`?ticket=${ticket}`)).status).toBe(101)
  expect(limitOf(await getMe(worker, token)).user?.r).toBe(FEW - 4)
})

it('counts a replay once more for each 100 events, and a redelivery for each 25', async () => {
  const [ada, worker] = [await newPerson(), newWorker({ LIMIT_USER: '600/3600' })]
  const { id } = await newProject(ada.token)
  const { body: webhook } = await createWebhook(ada, id, { url: 'http://127.0.0.1:9/nowhere' })
  await addHistory(id, 250)
  const left = async () => limitOf(await getMe(worker, ada.token)).user?.r as number
  const cost = async (method: string, path: string, init: Init, status: number) => {
    const before = await left()
    expect((await worker.call(method, path, { token: ada.token, ...init })).status).toBe(status)
    return before - (await left()) - 1
  }
  const upgrade = { headers: { Upgrade: 'websocket' } }
  expect(await cost('GET', `/ws/projects/${id}`, upgrade, 101)).toBe(1)
  expect(await cost('GET', `/ws/projects/${id}?since=1`, upgrade, 101)).toBe(1 + 2)
  const again = { body: { since_seq: 1 } }
  expect(await cost('POST', `/webhooks/${webhook.id}/redeliver`, again, 200)).toBe(1 + 10)
})

it('keeps the API available without Redis, waits for Redis once, and logs the failure once', async () => {
  const [{ token }, worker] = [await newPerson(), newWorker({ LIMIT_USER: '2/3600' })]
  await worker.breakRedis({ down: true })
  const warn = vi.spyOn(console, 'warn')
  for (let n = 0; n < 5; n += 1) {
    const answer = await getMe(worker, token)
    expect(answer.status).toBe(200)
    expect(answer.headers.has('RateLimit')).toBe(false)
  }
  expect(await worker.requests()).toMatchObject({ redis: 1, neon: 5 })
  const said = warn.mock.calls.filter(([line]) => String(line).includes('limits_without_redis'))
  expect(said).toHaveLength(1)
  warn.mockRestore()
})

it('logs that limits are off and that they are back, also when a cached read notices it first', async () => {
  const [{ token }, worker] = [await newPerson(), newWorker({ LIMIT_USER: '600/3600' })]
  const { id } = await newProject(token)
  const readBoard = () => worker.call('GET', `/projects/${id}/board`, { token })
  await readBoard() // its limits are reserved for some requests: the next read asks Redis for the board alone
  const logged = { warn: vi.spyOn(console, 'warn'), info: vi.spyOn(console, 'info') }
  const count = (level: 'warn' | 'info', event: string) =>
    logged[level].mock.calls.filter(([line]) => String(line).includes(event)).length
  const [now, pause] = [Date.now, 6_000] // after this pause one request tests Redis
  let passed = 0
  vi.spyOn(Date, 'now').mockImplementation(() => now() + passed)
  for (let outage = 1; outage <= 2; outage += 1) {
    await worker.breakRedis({ down: true })
    expect((await readBoard()).status).toBe(200)
    expect([count('warn', 'limits_without_redis'), count('info', 'limits_restored')]).toEqual([outage, outage - 1])
    await worker.healRedis()
    passed += pause
    expect((await readBoard()).status).toBe(200)
    expect([count('warn', 'limits_without_redis'), count('info', 'limits_restored')]).toEqual([outage, outage])
  }
  expect(count('warn', 'cache_read_failed')).toBe(2)
})

it('lets pages of other allowed origins read the remaining requests', async () => {
  const [{ token }, origin] = [await newPerson(), 'https://app.example.com']
  const worker = newWorker({ CORS_ORIGINS: origin, LIMIT_USER: '1/3600' })
  for (const status of [200, 429]) {
    const answer = await worker.call('GET', '/users/me', { token, headers: { Origin: origin } })
    expect(answer.status).toBe(status)
    expect(answer.headers.get('Access-Control-Allow-Origin')).toBe(origin)
    expect(answer.headers.get('Access-Control-Expose-Headers')).toMatch(/\bRateLimit,RateLimit-Policy,Retry-After\b/)
  }
})

it.each([
  ['/imports', csvFile],
  ['/projects/import', () => ({ body: smallFile(), headers: { 'Content-Type': 'application/x-ndjson' } })],
] as const)('counts a keyed POST %s before it reads the file', async (path, fileOf) => {
  const [{ token }, worker] = [await newPerson(), newWorker({ LIMIT_KEYED: '1/3600' })]
  const send = () => {
    const { headers, body } = fileOf()
    return worker.call('POST', path, { token, body, headers: { ...headers, 'Idempotency-Key': randomUUID() } })
  }
  const first = await send()
  expect([first.status, limitOf(first).keyed?.r]).toEqual([201, 0])
  const before = await worker.requests()
  expect(await send()).toMatchObject({ ...problem(429, 'too_many_requests'), body: { policy: 'keyed' } })
  expect(await worker.requests()).toEqual(before)
})

/** The first half of an IPv6 address: a network that no other request of this run comes from. */
const newNetwork = () => `2001:db8:${randomUUID().slice(0, 4)}:${randomUUID().slice(0, 4)}`
const headersFrom = (ip: string) => ({ 'CF-Connecting-IP': ip })

it('limits registrations, sign-ins and refreshes from one address together', async () => {
  const [ada, worker, headers] = [
    await newPerson(),
    newWorker({ LIMIT_ADDRESS: '3/3600' }),
    headersFrom(`${newNetwork()}::1`),
  ]
  const account = () => ({ email: `${randomUUID()}@example.com`, name: 'New', password: PASSWORD })
  const register = (at = headers) => worker.call('POST', '/auth/register', { headers: at, body: account() })
  const first = await register()
  expect(first.status).toBe(201)
  expect(itemsOf(first.headers, 'RateLimit-Policy')).toEqual({ address: { q: 3, w: 3600 } })
  const login = await worker.call('POST', '/auth/login', { headers, body: { email: ada.email, password: PASSWORD } })
  expect([login.status, limitOf(login).address?.r]).toEqual([200, 1])
  const refresh = await worker.call('POST', '/auth/refresh', { headers, body: { refresh: ada.refresh } })
  expect([refresh.status, limitOf(refresh).address?.r]).toEqual([200, 0])
  const before = await worker.requests()
  const refused = await register()
  expect(refused).toMatchObject({ ...problem(429, 'too_many_requests'), body: { policy: 'address' } })
  expect(refused.headers.get('Retry-After')).toMatch(/^\d+$/)
  expect(await worker.requests()).toEqual(before)
  expect((await register(headersFrom(`${newNetwork()}::1`))).status).toBe(201)
})

it('takes the address only from the header of Cloudflare, and counts an IPv6 network as one', async () => {
  const [worker, network] = [newWorker({ LIMIT_ADDRESS: '2/3600' }), newNetwork()]
  const refresh = (headers: Record<string, string>) =>
    worker.call('POST', '/auth/refresh', { headers, body: { refresh: 'none' } })
  expect((await refresh(headersFrom(`${network}::1`))).status).toBe(401)
  expect((await refresh(headersFrom(`${network}:ffff::2`))).status).toBe(401)
  const claims = { 'X-Forwarded-For': '198.51.100.1', 'X-Real-IP': '198.51.100.2', Forwarded: 'for=198.51.100.3' }
  expect((await refresh({ ...headersFrom(`${network}::3`), ...claims })).status).toBe(429)
  expect((await refresh(headersFrom(`${newNetwork()}::1`))).status).toBe(401)
})

it('never breaks a session by a limit: a refresh is either answered or refused before it begins', async () => {
  const [ada, ip] = [await newPerson(), headersFrom(`${newNetwork()}::1`)]
  const [here, there] = [newWorker({ LIMIT_ADDRESS: '1/3600' }), newWorker({ LIMIT_ADDRESS: '1/3600' })]
  const refresh = (worker: typeof here, token: string) =>
    worker.call('POST', '/auth/refresh', { headers: ip, body: { refresh: token } })
  const first = (await refresh(here, ada.refresh)).body.tokens
  const second = await refresh(there, first.refresh) // over the limit, but the count says so only afterwards
  expect(second.status).toBe(200)
  expect((await refresh(there, second.body.tokens.refresh)).status).toBe(429)
  expect((await call('POST', '/auth/refresh', { body: { refresh: second.body.tokens.refresh } })).status).toBe(200)
})

/** A key that nobody has issued. */
const newGuess = () => `ft_${newSecret().slice(0, 22)}${newSecret().slice(0, 22)}${newSecret()}`

it('counts forged API keys against their network, and then refuses them without a database request', async () => {
  const worker = newWorker({ LIMIT_STRANGER: '3/3600' })
  const headers = headersFrom(`${newNetwork()}::1`)
  const ask = () => worker.call('GET', '/users/me', { token: newGuess(), headers })
  for (const status of [401, 401, 401]) expect((await ask()).status).toBe(status)
  const before = await worker.requests()
  expect(await ask()).toMatchObject(problem(429, 'too_many_requests'))
  expect(await worker.call('GET', '/readyz', { headers })).toMatchObject(problem(429, 'too_many_requests'))
  expect(await worker.requests()).toEqual(before)
  expect((await worker.call('GET', '/readyz', { headers: headersFrom(`${newNetwork()}::1`) })).status).toBe(200)
})

it('counts all API keys of a person together, separately from the person’s own requests', async () => {
  const [ada, worker] = [await newPerson(), newWorker({ LIMIT_USER: `${FEW}/3600` })]
  const keys = [await newApiKey(ada, { name: 'One' }), await newApiKey(ada, { name: 'Two' })]
  const ask = async (token: string) => (await worker.call('GET', '/users/me', { token })).status
  const statuses: number[] = []
  for (let n = 0; n < FEW + 2; n++) statuses.push(await ask(keys[n % 2]?.key ?? ''))
  expect(statuses).toEqual([...Array(FEW).fill(200), 429, 429])
  expect(await ask(ada.token)).toBe(200)
})

it('counts the first request of each new key for its owner', async () => {
  const [ada, worker] = [await newPerson(), newWorker({ LIMIT_USER: `${FEW}/3600`, LIMIT_KEYED: '3/3600' })]
  const keys = []
  for (let n = 0; n < FEW + 2; n++) keys.push((await newApiKey(ada, { name: `Key ${n}` })).key)
  const make = (token = '') =>
    worker.call('POST', '/projects', { token, body: { name: 'Apollo' }, headers: { 'Idempotency-Key': randomUUID() } })
  for (const left of [2, 1, 0]) expect(limitOf(await make(keys.shift())).keyed?.r).toBe(left)
  expect(await make(keys.shift())).toMatchObject({ ...problem(429, 'too_many_requests'), body: { policy: 'keyed' } })
  for (let left = FEW - 4; left >= 0; left--)
    expect(limitOf(await getMe(worker, keys.shift() ?? '')).user?.r).toBe(left)
  const before = await worker.requests()
  expect(await getMe(worker, keys.shift() ?? '')).toMatchObject(problem(429, 'too_many_requests'))
  expect(await worker.requests()).toEqual(before)
})

it('counts the size of the first answer to a new key for its owner', async () => {
  const [ada, worker] = [await newPerson(), newWorker({ LIMIT_USER: '100/3600', CACHE_SECONDS: '0' })]
  const { id } = await newProject(ada.token)
  for (let n = 0; n < 4; n++) await newTask(ada.token, id, { description: 'x'.repeat(90_000) })
  const { key } = await newApiKey(ada, { name: 'Reader' })
  expect((await worker.call('GET', `/tasks?project_id=${id}`, { token: key })).status).toBe(200)
  expect(limitOf(await getMe(worker, key)).user?.r).toBe(100 - 2 - Math.floor((4 * 90_000 + 5_000) / 65_536))
})

it('counts a request of a new key that the database refuses for the owner, not for the network', async () => {
  const [ada, worker] = [
    await newPerson(),
    newWorker({ LIMIT_USER: `${FEW}/3600`, LIMIT_STRANGER: '2/3600', LIMIT_KEYED: '9/3600' }),
  ]
  const headers = headersFrom(`${newNetwork()}::1`)
  for (let n = 1; n <= 4; n++) {
    const { key } = await newApiKey(ada, { name: `Key ${n}` })
    const refused = await worker.call('POST', '/tasks', {
      token: key,
      headers: { ...headers, 'Idempotency-Key': randomUUID() },
      body: { title: 'New', project_id: randomUUID() },
    })
    expect(refused).toMatchObject(problem(404, 'not_found'))
    expect(limitOf(refused)).toMatchObject({ user: { r: FEW - n }, keyed: { r: 9 - n } })
  }
})

it('refuses an import with a new key whose owner has used up the limit at another Worker', async () => {
  const limits = { LIMIT_USER: `${FEW}/3600` }
  const [ada, one, two] = [await newPerson(), newWorker(limits), newWorker(limits)]
  const [{ key }, { key: other }] = [await newApiKey(ada, { name: 'One' }), await newApiKey(ada, { name: 'Two' })]
  for (let n = 0; n < FEW; n++) expect((await getMe(one, key)).status).toBe(200)
  const headers = { 'Content-Type': 'application/x-ndjson' }
  const refused = await two.call('POST', '/projects/import', { token: other, body: smallFile(), headers })
  expect(refused).toMatchObject(problem(429, 'too_many_requests'))
  expect((await call('GET', '/projects', { token: ada.token })).body.items).toEqual([])
})

it('accepts an import with a valid new key although forged keys have used up the limit of its network', async () => {
  const limits = { LIMIT_STRANGER: '2/3600' }
  const [ada, one, two] = [await newPerson(), newWorker(limits), newWorker(limits)]
  const network = headersFrom(`${newNetwork()}::1`)
  for (let n = 0; n < 2; n++)
    expect((await one.call('GET', '/users/me', { token: newGuess(), headers: network })).status).toBe(401)
  const { key } = await newApiKey(ada, { name: 'Key' })
  const headers = { ...network, 'Content-Type': 'application/x-ndjson' }
  expect((await two.call('POST', '/projects/import', { token: key, body: smallFile(), headers })).status).toBe(201)
})

it('counts the use of a ticket that a key has issued among the requests of keys', async () => {
  const [ada, worker] = [await newPerson(), newWorker({ LIMIT_USER: `${FEW}/3600` })]
  const { key } = await newApiKey(ada, { name: 'Watcher' })
  const { ticket } = (await worker.call('POST', '/auth/ws-ticket', { token: key })).body
  const path = `/ws/notifications/${ada.id}?ticket=${ticket}`
  expect((await worker.call('GET', path, { headers: { Upgrade: 'websocket' } })).status).toBe(101)
  expect(limitOf(await getMe(worker, key)).user?.r).toBe(FEW - 3)
  expect(limitOf(await getMe(worker, ada.token)).user?.r).toBe(FEW - 10 - 1) // the other Worker has reserved ten
})

it('refuses a read with a new key when its count is over the limit', async () => {
  const [ada, one, two] = [
    await newPerson(),
    newWorker({ LIMIT_USER: `${FEW}/3600` }),
    newWorker({ LIMIT_USER: `${FEW}/3600` }),
  ]
  const { key } = await newApiKey(ada, { name: 'Key' })
  for (let n = 0; n < FEW; n++) expect((await getMe(one, key)).status).toBe(200)
  expect(await getMe(two, key)).toMatchObject(problem(429, 'too_many_requests'))
})

it('returns the count of a valid key to its network once, even if several routers check the key', async () => {
  const [ada, worker] = [await newPerson(), newWorker({ LIMIT_STRANGER: '3/3600' })]
  const [{ key }, task] = [
    await newApiKey(ada, { name: 'Key' }),
    await newTask(ada.token, (await newProject(ada.token)).id),
  ]
  const headers = headersFrom(`${newNetwork()}::1`)
  const guess = async () => (await worker.call('GET', '/users/me', { token: newGuess(), headers })).status
  expect([await guess(), await guess()]).toEqual([401, 401])
  const watch = await worker.call('PUT', `/tasks/${task.id}/watch`, { token: key, headers })
  expect(watch.status).toBeLessThan(300)
  expect([await guess(), await guess()]).toEqual([401, 429])
})

it('counts a forged key with the id of another person against its network, not against that person', async () => {
  const [ada, eve] = [await newPerson(), await newPerson()]
  const worker = newWorker({ LIMIT_USER: `${FEW}/3600`, LIMIT_STRANGER: '3/3600', LIMIT_KEYED: '1/3600' })
  const [hers, evil] = [await newApiKey(ada, { name: 'Hers' }), await newApiKey(eve, { name: 'Evil' })]
  const ask = async (token: string, ip = `${newNetwork()}::1`) =>
    (await worker.call('GET', '/users/me', { token, headers: headersFrom(ip) })).status
  const make = async (token: string, ip = `${newNetwork()}::1`) => {
    const headers = { ...headersFrom(ip), 'Idempotency-Key': randomUUID() }
    return (await worker.call('POST', '/projects', { token, body: { name: 'Apollo' }, headers })).status
  }
  for (const { key } of [hers, evil]) expect(await ask(key)).toBe(200)
  // A key is ft_, 22 characters of its own id, 22 of its owner's, and the secret.
  const forged = evil.key.slice(0, 25) + hers.key.slice(25, 47) + evil.key.slice(47)
  const ip = `${newNetwork()}::1`
  expect(await make(forged, ip)).toBe(401)
  const statuses: number[] = []
  for (let n = 0; n <= FEW; n++) statuses.push(await ask(forged, ip))
  expect(statuses).toEqual([401, 401, ...Array(FEW - 1).fill(429)])
  expect([await ask(hers.key), await make(ada.token)]).toEqual([200, 201])
})

it('does not count requests with a revoked key for its owner', async () => {
  const [ada, worker] = [await newPerson(), newWorker({ LIMIT_USER: `${FEW}/3600` })]
  const [kept, lost] = [await newApiKey(ada, { name: 'Kept' }), await newApiKey(ada, { name: 'Lost' })]
  const ask = async (token: string) =>
    (await worker.call('GET', '/users/me', { token, headers: headersFrom(`${newNetwork()}::1`) })).status
  for (const { key } of [kept, lost]) expect(await ask(key)).toBe(200)
  expect((await call('DELETE', `/users/me/keys/${lost.id}`, { token: ada.token })).status).toBe(204)
  for (let n = 0; n < FEW; n++) expect(await ask(lost.key)).toBe(401)
  expect(await ask(kept.key)).toBe(200)
})

it('counts an ended session for its network, and no longer for its owner', async () => {
  const [ada, worker] = [await newPerson(), newWorker({ LIMIT_USER: `${FEW}/3600`, LIMIT_STRANGER: `${FEW}/3600` })]
  const stolen = (await call('POST', '/auth/login', { body: { email: ada.email, password: PASSWORD } })).body.tokens
  await call('POST', '/auth/logout', { token: stolen.access, body: { refresh: stolen.refresh } })
  const headers = headersFrom(`${newNetwork()}::1`)
  const ask = async (token: string) => (await worker.call('GET', '/users/me', { token, headers })).status
  const statuses = []
  for (let n = 0; n < FEW + 2; n++) statuses.push(await ask(stolen.access))
  expect(statuses).toEqual([...Array(FEW + 1).fill(401), 429])
  expect(await ask(ada.token)).toBe(200)
})

it('does not count valid keys against their network', async () => {
  const [ada, worker, headers] = [
    await newPerson(),
    newWorker({ LIMIT_STRANGER: '2/3600' }),
    headersFrom(`${newNetwork()}::1`),
  ]
  for (let n = 0; n < 4; n++) {
    const { key } = await newApiKey(ada, { name: `Key ${n}` })
    expect((await worker.call('GET', '/users/me', { token: key, headers })).status).toBe(200)
  }
})

it('refuses a forged socket ticket without a database request', async () => {
  const worker = newWorker({})
  const before = await worker.requests()
  const path = `/ws/projects/${randomUUID()}?ticket=${newSecret()}.${newSecret().slice(0, 22)}`
  expect(await worker.call('GET', path, { headers: { Upgrade: 'websocket' } })).toMatchObject(
    problem(401, 'ticket_invalid'),
  )
  expect((await worker.requests()).neon).toBe(before.neon)
})

it('counts an invalid ticket against its network, but not a valid one', async () => {
  const [ada, worker] = [await newPerson(), newWorker({ LIMIT_STRANGER: '2/3600' })]
  const headers = { ...headersFrom(`${newNetwork()}::1`), Upgrade: 'websocket' }
  const open = async (ticket: string) =>
    (await worker.call('GET', `/ws/notifications/${ada.id}?ticket=${ticket}`, { headers })).status
  const issue = async () => (await worker.call('POST', '/auth/ws-ticket', { token: ada.token })).body.ticket as string
  for (let n = 0; n < 3; n += 1) expect(await open(await issue())).toBe(101)
  const spent = await issue()
  expect([await open(spent), await open(spent), await open(spent)]).toEqual([101, 401, 401])
  expect(await open(spent)).toBe(429)
})
