import { expect, it, vi } from 'vitest'
import { middle } from '../../bench/middle.ts'
import { type Answer, call, database, PASSWORD, person, problem } from '../support/api.ts'
import { newWorker } from '../support/worker.ts'

type Worker = ReturnType<typeof newWorker>
const WRONG = 'not the password'
const locked = { ...problem(429, 'too_many_requests'), body: { code: 'too_many_requests', policy: 'account' } }

const login = (worker: Worker, email: string, password: string) =>
  worker.call('POST', '/auth/login', { body: { email, password } })

/** Sends as many wrong passwords, one after the other. */
async function guess(worker: Worker, email: string, times: number): Promise<Answer[]> {
  const answers = []
  for (let n = 0; n < times; n += 1) answers.push(await login(worker, email, `${WRONG} ${n}`))
  return answers
}
const statuses = (answers: Answer[]) => answers.map(({ status }) => status)

it('locks an account at the eleventh wrong password, and refuses the right one then', async () => {
  const [{ email }, worker] = [await person(), newWorker()]
  expect(statuses(await guess(worker, email, 11))).toEqual([...new Array(10).fill(401), 429])
  const right = await login(worker, email, PASSWORD)
  expect(right).toMatchObject(locked)
  expect(Number(right.headers.get('Retry-After'))).toBeGreaterThan(800)
  expect(Number(right.headers.get('Retry-After'))).toBeLessThanOrEqual(900)
  expect((await login(worker, (await person()).email, PASSWORD)).status).toBe(200)
})

it('counts wrong passwords over two Workers', async () => {
  const { email } = await person()
  const [here, there] = [newWorker(), newWorker()]
  expect(statuses([...(await guess(here, email, 6)), ...(await guess(there, email, 4))])).not.toContain(429)
  expect(await login(here, email, PASSWORD)).toMatchObject(locked)
  expect(await login(there, email, PASSWORD)).toMatchObject(locked)
})

it('lets no more guesses through in parallel than one after the other', async () => {
  const { email } = await person()
  const workers = [newWorker(), newWorker()] as const
  const guesses = Array.from({ length: 30 }, (_, n) => login(workers[n % 2] as Worker, email, `${WRONG} ${n}`))
  const answered = statuses(await Promise.all(guesses))
  expect(answered.filter((status) => status === 401)).toHaveLength(10)
  expect(answered.filter((status) => status === 429)).toHaveLength(20)
})

it('does not tell by locking whether there is an account', async () => {
  const [{ email }, worker] = [await person(), newWorker()]
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

it('forgets wrong passwords after a right one', async () => {
  const [{ email }, worker] = [await person(), newWorker()]
  await guess(worker, email, 9)
  expect((await login(worker, email.toUpperCase(), PASSWORD)).status).toBe(200)
  expect(statuses(await guess(worker, email, 10))).not.toContain(429)
  expect(await login(worker, email, PASSWORD)).toMatchObject(locked)
})

it('locks the current password of a change as well, for who holds a stolen token', async () => {
  const [{ token }, worker] = [await person(), newWorker()]
  const change = (current: string) =>
    worker.call('POST', '/auth/password', { token, body: { current, new: 'another fine password' } })
  for (let n = 0; n < 10; n += 1) expect((await change(`${WRONG} ${n}`)).status).toBe(403)
  expect(await change(PASSWORD)).toMatchObject(locked)
})

it('closes the door without Redis, after as many wrong passwords as this Worker has seen itself, and says so', async () => {
  const [{ email }, worker] = [await person(), newWorker()]
  await worker.breakRedis({ down: true })
  const warn = vi.spyOn(console, 'warn')
  expect(statuses(await guess(worker, email, 3))).toEqual([401, 401, 401])
  expect((await login(worker, email, PASSWORD)).status).toBe(200)
  expect(statuses(await guess(worker, email, 11))).toEqual([...new Array(10).fill(401), 429])
  expect(await login(worker, email, PASSWORD)).toMatchObject(locked)
  const said = (event: string) => warn.mock.calls.filter(([line]) => String(line).includes(event)).length
  expect([said('limits_without_redis'), said('limit_reached')]).toEqual([1, 1])
  expect(warn.mock.calls.join()).not.toContain(email)
  warn.mockRestore()
})

it('signs in as ever when Redis is back', async () => {
  const [{ email }, worker] = [await person(), newWorker()]
  await worker.breakRedis({ drop: 1 })
  expect((await login(worker, email, PASSWORD)).status).toBe(200)
  await worker.healRedis()
  expect((await call('POST', '/auth/login', { body: { email, password: PASSWORD } })).status).toBe(200)
  expect((await login(worker, email, PASSWORD)).status).toBe(200)
})

/** How long a refusal takes, in milliseconds. */
async function refusal(worker: Worker, email: string): Promise<number> {
  const start = performance.now()
  expect((await login(worker, email, WRONG)).status).toBe(401)
  return performance.now() - start
}

// `npm run bench:login` measures it at the cost of production, and finer.
it('computes as much for an e-mail that nobody has as for one with a password', async () => {
  const worker = newWorker({ SCRYPT_LOG2_N: '13', LIMIT_ACCOUNT: '1000/60' })
  const registered = { email: `${crypto.randomUUID()}@example.com`, name: 'Ada', password: PASSWORD }
  await worker.call('POST', '/auth/register', { body: registered })
  const [known, unknown]: [number[], number[]] = [[], []]
  const askKnown = async () => void known.push(await refusal(worker, registered.email))
  const askUnknown = async () => void unknown.push(await refusal(worker, `${crypto.randomUUID()}@example.com`))
  for (let n = 0; n < 15; n += 1) for (const ask of n % 2 ? [askKnown, askUnknown] : [askUnknown, askKnown]) await ask()
  const ratio = middle(unknown) / middle(known)
  expect(ratio).toBeGreaterThan(0.5)
  expect(ratio).toBeLessThan(2)
})

it('refuses after the same time whatever there was to compare', async () => {
  const [{ id, email }, worker] = [await person(), newWorker({ LOGIN_REFUSAL_MS: '400' })]
  const bcrypt = '$2b$04$abcdefghijklmnopqrstuuD3mHdCr44zlIZ.VZCaYRpfQhXMYnEo.'
  await database()`update users set password_hash = ${bcrypt} where id = ${id}`
  const emails = [email, (await person()).email, `${crypto.randomUUID()}@example.com`]
  for (const at of emails) expect(await refusal(worker, at)).toBeGreaterThan(395)
})
