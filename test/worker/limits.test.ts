import { parseList } from 'structured-headers'
import { expect, it, vi } from 'vitest'
import { newSecret } from '../../src/security/tokens.ts'
import { type Answer, apiKey, call, join, PASSWORD, person, problem, project, task } from '../support/api.ts'
import { newWorker } from '../support/worker.ts'

const me = (worker: ReturnType<typeof newWorker>, token: string) => worker.call('GET', '/users/me', { token })

/** A header of the draft as its items: `{user: {q: 600, w: 60}}`. */
function items(headers: Headers, name: string): Record<string, Record<string, number>> {
  const list = parseList(headers.get(name) ?? '')
  return Object.fromEntries(list.map(([item, parameters]) => [item, Object.fromEntries(parameters)])) as never
}
const limitOf = ({ headers }: Answer) => items(headers, 'RateLimit')

it('tells what remains of a user’s requests, in the form of the draft', async () => {
  const [{ token }, worker] = [await person(), newWorker({ LIMIT_USER: '600/3600' })]
  const answers = [await me(worker, token), await worker.call('POST', '/projects', { token, body: { name: 'Apollo' } })]
  for (const [n, answer] of answers.entries()) {
    expect(items(answer.headers, 'RateLimit-Policy')).toEqual({ user: { q: 600, w: 3600 } })
    expect(limitOf(answer)).toEqual({ user: { r: 599 - n, t: expect.any(Number) } })
    expect(limitOf(answer).user?.t).toBeGreaterThan(3_500)
    expect(limitOf(answer).user?.t).toBeLessThanOrEqual(3_600)
  }
})

it('counts what is refused, too, but nobody without a valid token', async () => {
  const [{ token }, worker] = [await person(), newWorker({ LIMIT_USER: '600/3600' })]
  await worker.call('POST', '/projects', { token, body: {} })
  await worker.call('GET', `/projects/${crypto.randomUUID()}`, { token })
  expect(limitOf(await me(worker, token)).user?.r).toBe(597)
  expect((await me(worker, 'not.a.token')).headers.has('RateLimit')).toBe(false)
})

it('refuses who has used up all requests, and then asks neither database', async () => {
  const [{ token }, other, worker] = [await person(), await person(), newWorker({ LIMIT_USER: '3/3600' })]
  for (const left of [2, 1, 0]) expect(limitOf(await me(worker, token))).toMatchObject({ user: { r: left } })
  const before = await worker.requests()
  const refused = [
    await me(worker, token),
    await worker.call('POST', '/projects', { token, body: { name: 'Late' } }),
    await worker.call('GET', `/ws/projects/${crypto.randomUUID()}`, { token, headers: { Upgrade: 'websocket' } }),
  ]
  for (const answer of refused) {
    expect(answer).toMatchObject(problem(429, 'too_many_requests'))
    expect(answer.body).toMatchObject({ policy: 'user', retry_after: expect.any(Number) })
    expect(answer.headers.get('Retry-After')).toBe(String(limitOf(answer).user?.t))
    expect(limitOf(answer).user).toMatchObject({ r: 0 })
  }
  expect(await worker.requests()).toEqual(before)
  expect((await me(worker, other.token)).status).toBe(200)
})

it('counts for all Workers together: a read is refused where the count comes back over', async () => {
  const { token } = await person()
  const [here, there] = [newWorker({ LIMIT_USER: '3/3600' }), newWorker({ LIMIT_USER: '3/3600' })]
  for (const worker of [here, there, here]) expect((await me(worker, token)).status).toBe(200)
  const refused = await me(there, token) // which has seen but one of them
  expect(refused).toMatchObject(problem(429, 'too_many_requests'))
  expect(refused.headers.has('ETag')).toBe(false)
})

it('does not call a write refused that has been made: the next one is', async () => {
  const { token } = await person()
  const [here, there] = [newWorker({ LIMIT_USER: '2/3600' }), newWorker({ LIMIT_USER: '2/3600' })]
  for (const worker of [here, here]) await me(worker, token)
  const write = () => there.call('POST', '/projects', { token, body: { name: 'Just in time' } })
  const made = await write()
  expect(made).toMatchObject({ status: 201, body: { name: 'Just in time' } })
  expect(limitOf(made).user).toMatchObject({ r: 0 })
  expect(await write()).toMatchObject(problem(429, 'too_many_requests'))
  expect((await call('GET', '/projects', { token })).body.items).toHaveLength(1)
})

it('asks Redis for one request in ten of a user, and counts as many as there are', async () => {
  const [{ token }, worker] = [await person(), newWorker({ LIMIT_USER: '600/3600' })]
  const counts: number[] = []
  for (let n = 0; n < 25; n += 1) counts.push(limitOf(await me(worker, token)).user?.r as number)
  expect(counts).toEqual(Array.from({ length: 25 }, (_, n) => 599 - n))
  expect(await worker.requests()).toMatchObject({ redis: 3, neon: 25 })
  const other = newWorker({ LIMIT_USER: '600/3600' })
  expect(limitOf(await me(other, token)).user?.r).toBe(569) // after the 30 that the first has counted
})

it('counts each request as it comes where the quota is small', async () => {
  const [{ token }, worker] = [await person(), newWorker({ LIMIT_USER: '100/3600' })]
  for (let n = 0; n < 3; n += 1) await me(worker, token)
  expect(await worker.requests()).toMatchObject({ redis: 3, neon: 3 })
})

it('counts a request once more for each 64 KiB that it moves, and no more than half of the quota at once', async () => {
  const [{ token }, worker] = [await person(), newWorker({ LIMIT_USER: '600/3600', CACHE_SECONDS: '0' })]
  const board = await project(token)
  const left = async () => limitOf(await me(worker, token)).user?.r as number
  const ids: string[] = []
  for (let n = 0; n < 12; n++) ids.push((await task(token, board.id, { description: 'x'.repeat(90_000) })).id)
  const cost = async (path: string) => {
    const before = await left()
    expect((await worker.call('GET', path, { token })).status).toBe(200)
    return before - (await left()) - 1
  }
  expect(await cost('/users/me')).toBe(1)
  expect(await cost(`/tasks/${ids[0]}`)).toBe(2)
  expect(await cost(`/tasks?project_id=${board.id}`)).toBe(1 + Math.floor((12 * 90_000 + 5_000) / 65_536))
  const little = newWorker({ LIMIT_USER: '30/3600', CACHE_SECONDS: '0' })
  const reader = await join({ token } as never, board.id, 'viewer')
  const read = () => little.call('GET', `/tasks?project_id=${board.id}`, { token: reader.token })
  const statuses = [(await read()).status, (await read()).status, (await read()).status]
  expect(statuses).toEqual([200, 200, 429]) // 15 more each: the second has used up the rest
})

it('lets a user go on when the window has ended', async () => {
  const [{ token }, worker] = [await person(), newWorker({ LIMIT_USER: '1/1' })]
  expect((await me(worker, token)).status).toBe(200)
  expect((await me(worker, token)).status).toBe(429)
  await expect.poll(async () => (await me(worker, token)).status, { timeout: 5_000 }).toBe(200)
})

it('counts an upgrade as a request, by token and by ticket', async () => {
  const { id, token } = await person()
  const worker = newWorker({ LIMIT_USER: '600/3600' })
  const upgrade = (query: string, token?: string) =>
    worker.call('GET', `/ws/notifications/${id}${query}`, { token, headers: { Upgrade: 'websocket' } })
  expect((await upgrade('', token)).status).toBe(101)
  const { ticket } = (await worker.call('POST', '/auth/ws-ticket', { token })).body
  expect((await upgrade(`?ticket=${ticket}`)).status).toBe(101)
  expect(limitOf(await me(worker, token)).user?.r).toBe(596)
})

it('leaves the API open without Redis, waits for it once, and says so once', async () => {
  const [{ token }, worker] = [await person(), newWorker({ LIMIT_USER: '2/3600' })]
  await worker.breakRedis({ down: true })
  const warn = vi.spyOn(console, 'warn')
  for (let n = 0; n < 5; n += 1) {
    const answer = await me(worker, token)
    expect(answer.status).toBe(200)
    expect(answer.headers.has('RateLimit')).toBe(false)
  }
  expect(await worker.requests()).toMatchObject({ redis: 1, neon: 5 })
  const said = warn.mock.calls.filter(([line]) => String(line).includes('limits_without_redis'))
  expect(said).toHaveLength(1)
  warn.mockRestore()
})

it('shows browsers of other origins what remains', async () => {
  const [{ token }, origin] = [await person(), 'https://app.example.com']
  const worker = newWorker({ CORS_ORIGINS: origin, LIMIT_USER: '1/3600' })
  for (const status of [200, 429]) {
    const answer = await worker.call('GET', '/users/me', { token, headers: { Origin: origin } })
    expect(answer.status).toBe(status)
    expect(answer.headers.get('Access-Control-Allow-Origin')).toBe(origin)
    expect(answer.headers.get('Access-Control-Expose-Headers')).toMatch(/\bRateLimit,RateLimit-Policy,Retry-After\b/)
  }
})

/** A network that nobody else in this run calls from. */
const newNetwork = () => `2001:db8:${crypto.randomUUID().slice(0, 4)}:${crypto.randomUUID().slice(0, 4)}`
const from = (ip: string) => ({ 'CF-Connecting-IP': ip })

it('limits registrations, sign-ins and refreshes from one address together', async () => {
  const [ada, worker, headers] = [await person(), newWorker({ LIMIT_ADDRESS: '3/3600' }), from(`${newNetwork()}::1`)]
  const account = () => ({ email: `${crypto.randomUUID()}@example.com`, name: 'New', password: PASSWORD })
  const register = (at = headers) => worker.call('POST', '/auth/register', { headers: at, body: account() })
  const first = await register()
  expect(first.status).toBe(201)
  expect(items(first.headers, 'RateLimit-Policy')).toEqual({ address: { q: 3, w: 3600 } })
  const login = await worker.call('POST', '/auth/login', { headers, body: { email: ada.email, password: PASSWORD } })
  expect([login.status, limitOf(login).address?.r]).toEqual([200, 1])
  const refresh = await worker.call('POST', '/auth/refresh', { headers, body: { refresh: ada.refresh } })
  expect([refresh.status, limitOf(refresh).address?.r]).toEqual([200, 0])
  const before = await worker.requests()
  const refused = await register()
  expect(refused).toMatchObject({ ...problem(429, 'too_many_requests'), body: { policy: 'address' } })
  expect(refused.headers.get('Retry-After')).toMatch(/^\d+$/)
  expect(await worker.requests()).toEqual(before)
  expect((await register(from(`${newNetwork()}::1`))).status).toBe(201)
})

it('believes nobody but Cloudflare about an address, and takes an IPv6 network for one', async () => {
  const [worker, network] = [newWorker({ LIMIT_ADDRESS: '2/3600' }), newNetwork()]
  const refresh = (headers: Record<string, string>) =>
    worker.call('POST', '/auth/refresh', { headers, body: { refresh: 'none' } })
  expect((await refresh(from(`${network}::1`))).status).toBe(401)
  expect((await refresh(from(`${network}:ffff::2`))).status).toBe(401)
  const claims = { 'X-Forwarded-For': '198.51.100.1', 'X-Real-IP': '198.51.100.2', Forwarded: 'for=198.51.100.3' }
  expect((await refresh({ ...from(`${network}::3`), ...claims })).status).toBe(429)
  expect((await refresh(from(`${newNetwork()}::1`))).status).toBe(401)
})

it('never lets a limit cost a client its session: a refresh is made and told, or not begun', async () => {
  const [ada, ip] = [await person(), from(`${newNetwork()}::1`)]
  const [here, there] = [newWorker({ LIMIT_ADDRESS: '1/3600' }), newWorker({ LIMIT_ADDRESS: '1/3600' })]
  const refresh = (worker: typeof here, token: string) =>
    worker.call('POST', '/auth/refresh', { headers: ip, body: { refresh: token } })
  const first = (await refresh(here, ada.refresh)).body.tokens
  const second = await refresh(there, first.refresh) // over, as the count says when it is too late
  expect(second.status).toBe(200)
  expect((await refresh(there, second.body.tokens.refresh)).status).toBe(429)
  expect((await call('POST', '/auth/refresh', { body: { refresh: second.body.tokens.refresh } })).status).toBe(200)
})

it('counts made-up API keys against their network, and then asks neither database', async () => {
  const worker = newWorker({ LIMIT_STRANGER: '3/3600' })
  const headers = from(`${newNetwork()}::1`)
  const madeUp = () => `ft_${newSecret().slice(0, 22)}${newSecret().slice(0, 22)}${newSecret()}`
  const ask = () => worker.call('GET', '/users/me', { token: madeUp(), headers })
  for (const status of [401, 401, 401]) expect((await ask()).status).toBe(status)
  const before = await worker.requests()
  expect(await ask()).toMatchObject(problem(429, 'too_many_requests'))
  expect(await worker.call('GET', '/readyz', { headers })).toMatchObject(problem(429, 'too_many_requests'))
  expect(await worker.requests()).toEqual(before)
  expect((await worker.call('GET', '/readyz', { headers: from(`${newNetwork()}::1`) })).status).toBe(200)
})

it('gives the count of a key that is valid back to its network', async () => {
  const [ada, worker, headers] = [await person(), newWorker({ LIMIT_STRANGER: '2/3600' }), from(`${newNetwork()}::1`)]
  for (let n = 0; n < 4; n++) {
    const { key } = await apiKey(ada, { name: `Key ${n}` })
    expect((await worker.call('GET', '/users/me', { token: key, headers })).status).toBe(200)
  }
})

it('refuses a made-up socket ticket without asking the database', async () => {
  const worker = newWorker({})
  const before = await worker.requests()
  const path = `/ws/projects/${crypto.randomUUID()}?ticket=${newSecret()}.${newSecret().slice(0, 22)}`
  expect(await worker.call('GET', path, { headers: { Upgrade: 'websocket' } })).toMatchObject(
    problem(401, 'ticket_invalid'),
  )
  expect((await worker.requests()).neon).toBe(before.neon)
})

it('counts a ticket that opens nothing against its network, and gives the count of one that does back', async () => {
  const [ada, worker] = [await person(), newWorker({ LIMIT_STRANGER: '2/3600' })]
  const headers = { ...from(`${newNetwork()}::1`), Upgrade: 'websocket' }
  const open = async (ticket: string) =>
    (await worker.call('GET', `/ws/notifications/${ada.id}?ticket=${ticket}`, { headers })).status
  const issue = async () => (await worker.call('POST', '/auth/ws-ticket', { token: ada.token })).body.ticket as string
  for (let n = 0; n < 3; n += 1) expect(await open(await issue())).toBe(101)
  const spent = await issue()
  expect([await open(spent), await open(spent), await open(spent)]).toEqual([101, 401, 401])
  expect(await open(spent)).toBe(429)
})
