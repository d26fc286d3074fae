import { expect, it, vi } from 'vitest'
import { type Answer, call, database, newPerson, PASSWORD, problem } from '../support/api.ts'
import { newWorker } from '../support/worker.ts'

type Worker = ReturnType<typeof newWorker>
const WRONG = 'not the password'
const locked = { ...problem(429, 'too_many_requests'), body: { code: 'too_many_requests', policy: 'account' } }

const randomOctet = () => Math.floor(Math.random() * 256)
/** Returns a function from a number to an IP address that no other test uses. Each address is a network of its own. */
function newAddresses() {
  const start = `10.${randomOctet()}.${randomOctet()}`
  return (n: number) => `${start}.${n}`
}
const headersFrom = (ip: string, agent = 'Stranger') => ({ 'CF-Connecting-IP': ip, 'User-Agent': agent })

const login = (worker: Worker, email: string, password: string, headers = {}) =>
  worker.call('POST', '/auth/login', { body: { email, password }, headers })

/** Sends `times` wrong passwords, one after the other. */
async function guess(worker: Worker, email: string, times: number, headers = {}): Promise<Answer[]> {
  const answers = []
  for (let n = 0; n < times; n += 1) answers.push(await login(worker, email, `${WRONG} ${n}`, headers))
  return answers
}
const statusesOf = (answers: Answer[]) => answers.map(({ status }) => status)

it('locks an account at the eleventh wrong password, and then refuses the right one', async () => {
  const [{ email }, worker] = [await newPerson(), newWorker()]
  expect(statusesOf(await guess(worker, email, 11))).toEqual([...new Array(10).fill(401), 429])
  const right = await login(worker, email, PASSWORD)
  expect(right).toMatchObject(locked)
  expect(Number(right.headers.get('Retry-After'))).toBeGreaterThan(800)
  expect(Number(right.headers.get('Retry-After'))).toBeLessThanOrEqual(900)
  expect((await login(worker, (await newPerson()).email, PASSWORD)).status).toBe(200)
})

it('counts wrong passwords over two Workers', async () => {
  const { email } = await newPerson()
  const [here, there] = [newWorker(), newWorker()]
  expect(statusesOf([...(await guess(here, email, 6)), ...(await guess(there, email, 4))])).not.toContain(429)
  expect(await login(here, email, PASSWORD)).toMatchObject(locked)
  expect(await login(there, email, PASSWORD)).toMatchObject(locked)
})

it('allows no more than 10 wrong passwords when guesses are sent in parallel', async () => {
  const { email } = await newPerson()
  const workers = [newWorker(), newWorker()] as const
  const guesses = Array.from({ length: 30 }, (_, n) => login(workers[n % 2] as Worker, email, `${WRONG} ${n}`))
  const answered = statusesOf(await Promise.all(guesses))
  expect(answered.filter((status) => status === 401)).toHaveLength(10)
  expect(answered.filter((status) => status === 429)).toHaveLength(20)
})

it('locks unknown accounts in the same way as real ones, so that answers do not reveal which exist', async () => {
  const [{ email }, worker] = [await newPerson(), newWorker()]
  const shown = async (address: string) =>
    (await guess(worker, address, 12)).map(({ status, headers, body }) => ({
      status,
      body: { ...body, instance: '', retry_after: 0 },
      limit: headers.get('RateLimit')?.replace(/t=\d+/g, 't'),
      authenticate: headers.get('WWW-Authenticate'),
    }))
  const [known, unknown] = [await shown(email), await shown(`${crypto.randomUUID()}@example.com`)]
  expect(unknown.map(({ limit: _, ...rest }) => rest)).toEqual(known.map(({ limit: _, ...rest }) => rest))
  const account = ({ limit }: (typeof known)[number]) => limit?.split(', ').find((item) => item.startsWith('"account"'))
  expect(unknown.map(account)).toEqual(known.map(account))
})

it('resets the count of wrong passwords after a right one', async () => {
  const [{ email }, worker] = [await newPerson(), newWorker()]
  await guess(worker, email, 9)
  expect((await login(worker, email.toUpperCase(), PASSWORD)).status).toBe(200)
  expect(statusesOf(await guess(worker, email, 10))).not.toContain(429)
  expect(await login(worker, email, PASSWORD)).toMatchObject(locked)
})

it('locks the network of an attacker, but not the owner in other networks', async () => {
  const [{ email }, worker, address] = [await newPerson(), newWorker(), newAddresses()]
  expect(statusesOf(await guess(worker, email, 12, headersFrom(address(1))))).toEqual([
    ...new Array(10).fill(401),
    429,
    429,
  ])
  expect(await login(worker, email, PASSWORD, headersFrom(address(1)))).toMatchObject(locked)
  expect((await login(worker, email, PASSWORD, headersFrom(address(2)))).status).toBe(200)
  expect((await login(worker, email, PASSWORD)).status).toBe(200)
})

it('counts all addresses of an IPv6 network together', async () => {
  const [{ email }, worker] = [await newPerson(), newWorker()]
  for (let n = 0; n < 10; n += 1) await login(worker, email, WRONG, headersFrom(`2001:db8:1:1::${n}`))
  expect(await login(worker, email, PASSWORD, headersFrom('2001:0DB8:1:1:ffff::1'))).toMatchObject(locked)
  expect((await login(worker, email, PASSWORD, headersFrom('2001:db8:1:2::1'))).status).toBe(200)
})

it('limits the guesses of all networks together, but locks neither a known device nor its network', async () => {
  const address = newAddresses()
  const [{ email }, worker] = [await newPerson(), newWorker({ LIMIT_ACCOUNT_TOTAL: '25/900' })]
  const [phone, home] = [headersFrom(address(1), 'Phone'), headersFrom('2001:db8:7:7::1', 'Browser')]
  for (const known of [phone, home]) expect((await login(worker, email, PASSWORD, known)).status).toBe(200)
  const answers = []
  for (const n of [2, 3, 4]) answers.push(...(await guess(worker, email, 10, headersFrom(address(n)))))
  expect(statusesOf(answers)).toEqual([...new Array(25).fill(401), ...new Array(5).fill(429)])
  expect(await login(worker, email, PASSWORD, headersFrom(address(5)))).toMatchObject(locked)
  for (const known of [phone, home, headersFrom('2001:db8:7:7::2', 'New browser at home')])
    expect((await login(worker, email, PASSWORD, known)).status).toBe(200)
  // A success does not clear the count of all networks.
  expect(await login(worker, email, PASSWORD, headersFrom(address(6)))).toMatchObject(locked)
})

it('does not count refused attempts, so that one network cannot use up the limit of the account', async () => {
  const address = newAddresses()
  const [{ email }, worker] = [
    await newPerson(),
    newWorker({ LIMIT_ACCOUNT_TOTAL: '12/900', LIMIT_ADDRESS: '1000/3600' }),
  ]
  await guess(worker, email, 30, headersFrom(address(1)))
  expect((await login(worker, email, WRONG, headersFrom(address(2)))).status).toBe(401)
  expect((await login(worker, email, PASSWORD, headersFrom(address(3)))).status).toBe(200)
})

it('counts a known device separately, so that neighbours lock it only with the same user agent', async () => {
  const address = newAddresses()
  const [{ email }, worker] = [await newPerson(), newWorker({ LIMIT_ADDRESS: '1000/3600' })]
  const [own, neighbour] = [headersFrom(address(1), 'Phone'), headersFrom(address(1), 'Neighbour')]
  expect((await login(worker, email, PASSWORD, own)).status).toBe(200)
  expect(statusesOf(await guess(worker, email, 11, neighbour))).toEqual([...new Array(10).fill(401), 429])
  expect((await login(worker, email, PASSWORD, own)).status).toBe(200)
  // The owner's success does not clear the count of a neighbour.
  expect(await login(worker, email, PASSWORD, neighbour)).toMatchObject(locked)
  expect(statusesOf(await guess(worker, email, 11, own))).toEqual([...new Array(10).fill(401), 429])
  expect(await login(worker, email, PASSWORD, own)).toMatchObject(locked)
})

it('does not count successful sign-ins towards the limits of the network and the account', async () => {
  const address = newAddresses()
  const [{ email }, worker] = [
    await newPerson(),
    newWorker({ LIMIT_ACCOUNT: '3/900', LIMIT_ACCOUNT_TOTAL: '4/900', LIMIT_ADDRESS: '1000/3600' }),
  ]
  for (let n = 0; n < 6; n += 1)
    expect((await login(worker, email, PASSWORD, headersFrom(address(1)))).status).toBe(200)
  expect((await login(worker, email, PASSWORD, headersFrom(address(1), 'Another device'))).status).toBe(200)
  for (let n = 2; n < 8; n += 1)
    expect((await login(worker, email, PASSWORD, headersFrom(address(n)))).status).toBe(200)
})

it('counts a wrong current password in a password change as a wrong password', async () => {
  const [{ token }, worker] = [await newPerson(), newWorker()]
  const change = (current: string) =>
    worker.call('POST', '/auth/password', { token, body: { current, new: 'another fine password' } })
  for (let n = 0; n < 10; n += 1) expect((await change(`${WRONG} ${n}`)).status).toBe(403)
  expect(await change(PASSWORD)).toMatchObject(locked)
})

it('locks an account without Redis after the wrong passwords that one Worker has counted, and logs that', async () => {
  const [{ email }, worker] = [await newPerson(), newWorker()]
  await worker.breakRedis({ down: true })
  const warn = vi.spyOn(console, 'warn')
  expect(statusesOf(await guess(worker, email, 3))).toEqual([401, 401, 401])
  expect((await login(worker, email, PASSWORD)).status).toBe(200)
  expect(statusesOf(await guess(worker, email, 11))).toEqual([...new Array(10).fill(401), 429])
  expect(await login(worker, email, PASSWORD)).toMatchObject(locked)
  const said = (event: string) => warn.mock.calls.filter(([line]) => String(line).includes(event)).length
  expect([said('limits_without_redis'), said('limit_reached')]).toEqual([1, 1])
  expect(warn.mock.calls.join()).not.toContain(email)
  warn.mockRestore()
})

it('allows sign-ins without Redis, and after Redis is back', async () => {
  const [{ email }, worker] = [await newPerson(), newWorker()]
  await worker.breakRedis({ drop: 1 })
  expect((await login(worker, email, PASSWORD)).status).toBe(200)
  await worker.healRedis()
  expect((await call('POST', '/auth/login', { body: { email, password: PASSWORD } })).status).toBe(200)
  expect((await login(worker, email, PASSWORD)).status).toBe(200)
})

/** How long a refusal takes, in milliseconds. */
async function timeRefusal(worker: Worker, email: string): Promise<number> {
  const start = performance.now()
  expect((await login(worker, email, WRONG)).status).toBe(401)
  return performance.now() - start
}

// `npm run bench:login` measures it more precisely, with the password cost of production.
it('takes a similar time for an unknown e-mail address as for one with a password', async () => {
  const worker = newWorker({ SCRYPT_LOG2_N: '13', LIMIT_ACCOUNT: '1000/3600' })
  const registered = { email: `${crypto.randomUUID()}@example.com`, name: 'Ada', password: PASSWORD }
  await worker.call('POST', '/auth/register', { body: registered })
  const [known, unknown]: [number[], number[]] = [[], []]
  const askKnown = async () => void known.push(await timeRefusal(worker, registered.email))
  const askUnknown = async () => void unknown.push(await timeRefusal(worker, `${crypto.randomUUID()}@example.com`))
  const ratio = () => Math.min(...unknown) / Math.min(...known) // of minima, as other load only adds time
  const areAlike = () => ratio() > 0.5 && ratio() < 2
  for (let n = 0; n < 15 || (n < 100 && !areAlike()); n += 1)
    for (const ask of n % 2 ? [askKnown, askUnknown] : [askUnknown, askKnown]) await ask()
  expect(ratio()).toBeGreaterThan(0.5)
  expect(ratio()).toBeLessThan(2)
})

it('delays every refused sign-in to the same minimum time', async () => {
  const [{ id, email }, worker] = [await newPerson(), newWorker({ LOGIN_REFUSAL_MS: '400' })]
  const bcrypt = '$2b$04$abcdefghijklmnopqrstuuD3mHdCr44zlIZ.VZCaYRpfQhXMYnEo.'
  await database()`update users set password_hash = ${bcrypt} where id = ${id}`
  const emails = [email, (await newPerson()).email, `${crypto.randomUUID()}@example.com`]
  for (const at of emails) expect(await timeRefusal(worker, at)).toBeGreaterThan(395)
})
