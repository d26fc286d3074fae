import { env } from 'cloudflare:workers'
import { describe, expect, it, vi } from 'vitest'
import {
  call,
  database,
  newAdmin,
  newMember,
  newPerson,
  newProject,
  newTask,
  PASSWORD,
  type Person,
  problem,
} from '../support/api.ts'
import { newWorker } from '../support/worker.ts'

/** A new Worker whose `get` also says which database answered: `by` is 'redis' or 'postgres'. */
function newReadingWorker(settings: Record<string, string> = {}) {
  const worker = newWorker(settings)
  const get = async (path: string, { token }: { token: string }, headers: Record<string, string> = {}) => {
    const answer = await worker.call('GET', path, { token, headers })
    const by = /db;dur=\d+;desc="0"/.test(answer.headers.get('Server-Timing') ?? '') ? 'redis' : 'postgres'
    return { ...answer, by }
  }
  return { ...worker, get }
}

const boardOf = ({ id }: { id: string }) => `/projects/${id}/board`

/** Reads until Redis answers: a read fills the cache after its own answer. */
const readUntilCached = (worker: ReturnType<typeof newReadingWorker>, path: string, who: { token: string }) =>
  expect.poll(() => worker.get(path, who)).toMatchObject({ by: 'redis', status: 200 })

/** A board that is in the cache for `reader`, a member with this role. */
async function cachedBoard({ role = 'viewer' } = {}) {
  const owner = await newPerson()
  const board = await newProject(owner.token)
  const reader = await newMember(owner, board.id, role)
  const worker = newReadingWorker()
  await readUntilCached(worker, boardOf(board), reader)
  return { owner, board, reader, worker }
}

it('shows a write to the next reader', async () => {
  const { owner, board, reader, worker } = await cachedBoard()
  for (const title of ['One', 'Two', 'Three']) {
    const made = await newTask(owner.token, board.id, { title })
    const { body, headers } = await worker.get(boardOf(board), reader)
    expect(body.columns[0].tasks.at(-1).id).toBe(made.id)
    expect(headers.get('FlowTrack-Seq')).toBe(String(body.seq))
  }
})

it('caches answers with different parameters separately', async () => {
  const { board, reader, worker, owner } = await cachedBoard()
  for (let n = 0; n < 3; n++) await newTask(owner.token, board.id)
  for (const n of [1, 2]) {
    const { body } = await worker.get(`${boardOf(board)}?per_column=${n}`, reader)
    expect(body.columns[0].tasks).toHaveLength(n)
  }
  const page = await worker.get(`/projects/${board.id}/members?limit=1`, reader)
  const [, next = ''] = /<(.*)>; rel="next"/.exec(page.headers.get('Link') ?? '') ?? []
  const other = await worker.get(next, reader)
  expect(other.body.items).not.toEqual(page.body.items)
  expect(await worker.get(next, reader)).toMatchObject({ by: 'redis', body: other.body })
  const again = await worker.get(`/projects/${board.id}/members?limit=1`, reader)
  expect(again).toMatchObject({ by: 'redis', body: page.body })
  expect(again.headers.get('Link')).toBe(page.headers.get('Link'))
})

it('shares cached answers that do not depend on the reader, and caches others separately', async () => {
  const { owner, board, reader, worker } = await cachedBoard()
  await call('PATCH', '/users/me', { token: reader.token, body: { timezone: 'Etc/GMT-14' } })
  await worker.get(boardOf(board), reader)
  const report = `/reports/projects/${board.id}/summary`
  const [mine, shared] = [await worker.get(report, owner), await worker.get(`${report}?tz=UTC`, owner)]
  expect(await worker.get(`${report}?tz=UTC`, reader)).toMatchObject({ by: 'redis', body: shared.body })
  expect(await worker.get(report, reader)).toMatchObject({ by: 'postgres', body: { tz: 'Etc/GMT-14' } })
  expect(await worker.get(report, owner)).toMatchObject({ by: 'redis', body: mine.body })
})

it('returns no report cached for the former time zone after a person changes the time zone', async () => {
  const { board, reader, worker } = await cachedBoard()
  const reports = ['burndown', 'burnup'].map((name) => `/reports/projects/${board.id}/${name}`)
  for (const report of [...reports, ...reports]) await worker.get(report, reader)
  await call('PATCH', '/users/me', { token: reader.token, body: { timezone: 'Etc/GMT-14' } })
  for (const report of reports) expect((await worker.get(report, reader)).body.tz).toBe('Etc/GMT-14')
  for (const report of reports)
    expect(await worker.get(report, reader)).toMatchObject({ by: 'redis', body: { tz: 'Etc/GMT-14' } })
})

describe('no cached answer is given to', () => {
  const expectRefused = async (
    end: (person: Person, board: any, owner: Person) => Promise<unknown>,
    status: number,
  ) => {
    const { board, reader, owner, worker } = await cachedBoard()
    await end(reader, board, owner)
    expect(await worker.get(boardOf(board), reader)).toMatchObject({ status, by: 'postgres' })
    return { board, reader, owner, worker }
  }

  it('a removed member', async () => {
    const { board, reader, owner, worker } = await expectRefused(
      ({ id }, board, owner) => call('DELETE', `/projects/${board.id}/members/${id}`, { token: owner.token }),
      404,
    )
    await call('POST', `/projects/${board.id}/members`, { token: owner.token, body: { user_id: reader.id } })
    expect((await worker.get(boardOf(board), reader)).status).toBe(200)
  })

  it('a disabled account', async () => {
    const boss = await newAdmin()
    const disable = ({ id }: Person) => call('PATCH', `/users/${id}`, { token: boss.token, body: { is_active: false } })
    await expectRefused(disable, 401)
  })

  it('a deleted account', async () => {
    const boss = await newAdmin()
    await expectRefused(({ id }) => call('DELETE', `/users/${id}`, { token: boss.token }), 401)
  })

  it('an ended session, unlike another session of the same person', async () => {
    const { board, reader, worker } = await expectRefused(({ token }) => call('POST', '/auth/logout', { token }), 401)
    const body = { email: reader.email, password: PASSWORD }
    const again = await call('POST', '/auth/login', { body })
    expect((await worker.get(boardOf(board), { token: again.body.tokens.access })).status).toBe(200)
  })

  it('the sessions that a change of password ends', async () => {
    await expectRefused(async ({ email }) => {
      const other = await call('POST', '/auth/login', { body: { email, password: PASSWORD } })
      await call('POST', '/auth/password', {
        token: other.body.tokens.access,
        body: { current: PASSWORD, new: 'battery staple' },
      })
    }, 401)
  })

  it('an administrator who becomes an ordinary user without a membership', async () => {
    const [boss, other] = [await newAdmin(), await newAdmin()]
    const board = await newProject((await newPerson()).token)
    const worker = newReadingWorker()
    await readUntilCached(worker, boardOf(board), boss)
    await call('PATCH', `/users/${boss.id}`, { token: other.token, body: { role: 'member' } })
    expect((await worker.get(boardOf(board), boss)).status).toBe(404)
  })

  it('anybody after the project is deleted', async () => {
    await expectRefused((_, { id }, { token }) => call('DELETE', `/projects/${id}`, { token }), 404)
  })

  it('a person without access, whoever has read the board before', async () => {
    const { board, worker } = await cachedBoard()
    expect(await worker.get(boardOf(board), await newPerson())).toMatchObject({ status: 404, by: 'postgres' })
  })
})

describe('min_seq', () => {
  it('makes Postgres answer when Redis has an older version', async () => {
    const { board, reader, worker } = await cachedBoard()
    // A script's write, which nobody announces.
    const [, rows] = await database().transaction([
      database()`select set_actor(null)`,
      database()`update projects set name = 'Renamed' where id = ${board.id} returning event_seq`,
    ])
    const seq = String(rows?.[0]?.event_seq)
    expect((await worker.get(boardOf(board), reader)).by).toBe('redis')
    expect(await worker.get(`${boardOf(board)}?min_seq=${seq}`, reader)).toMatchObject({
      by: 'postgres',
      body: { seq: Number(seq), project: { name: 'Renamed' } },
    })
    const later = await worker.get(boardOf(board), reader, { 'FlowTrack-Seq': seq })
    expect(later).toMatchObject({ by: 'redis', body: { seq: Number(seq) } })
  })

  it('is optional: without it, a cached answer is at most CACHE_SECONDS old', async () => {
    const { owner, board } = await cachedBoard()
    const worker = newReadingWorker({ CACHE_SECONDS: '5' })
    await newTask(owner.token, board.id) // so that nothing cached before fits the head
    await worker.get(boardOf(board), owner)
    const kept_since = Date.now() // the board was cached at this time or before
    await database().transaction([
      database()`select set_actor(null)`,
      database()`update projects set name = 'Renamed' where id = ${board.id}`,
    ])
    for (let last = 0; ; ) {
      const asked_at = Date.now()
      const { by, body } = await worker.get(boardOf(board), owner)
      if (by === 'redis') last = asked_at
      else {
        expect(body.project.name).toBe('Renamed')
        expect(last).toBeGreaterThan(0)
        expect(last - kept_since).toBeLessThanOrEqual(5_000)
        return
      }
    }
  })

  it('is refused when the project has not reached it', async () => {
    const { board, reader, worker } = await cachedBoard()
    const answer = await worker.get(boardOf(board), reader, { 'FlowTrack-Seq': '999' })
    expect(answer).toMatchObject(problem(422, 'validation_failed'))
    expect(answer.body.errors).toEqual([{ path: 'min_seq', message: expect.stringContaining('which is at') }])
    for (const path of [`${boardOf(board)}?min_seq=x`, `${boardOf(board)}?min_seq=-1`]) {
      expect(await worker.get(path, reader)).toMatchObject(problem(422, 'validation_failed'))
    }
  })
})

describe('Postgres answers when Redis', () => {
  it.each([
    ['is down', { down: true }],
    ['returns errors', { error: 1 }],
    ['is slow', { latency_ms: 2_000 }],
  ])('%s', async (_, faults) => {
    const { board, reader } = await cachedBoard()
    const worker = newReadingWorker({ CACHE_READ_TIMEOUT_MS: '500' })
    await worker.breakRedis(faults)
    vi.spyOn(Date, 'now').mockReturnValue(Date.now()) // both reads are within 5 s, also on a busy machine
    expect(await worker.get(boardOf(board), reader)).toMatchObject({ status: 200, by: 'postgres' })
    // For the next 5 s, requests do not ask Redis.
    const before = await worker.requests()
    expect(await worker.get(boardOf(board), reader)).toMatchObject({ status: 200, by: 'postgres' })
    expect((await worker.requests()).redis).toBe(before.redis)
  })

  it('has invalid values', async () => {
    const { board, reader } = await cachedBoard()
    const head = `project:${board.id}:head`
    for (const nonsense of ['', '42', 'a:b:c', '{"head":1}']) {
      await sendToRedis('set', head, nonsense)
      expect(await newReadingWorker().get(boardOf(board), reader)).toMatchObject({ status: 200, by: 'postgres' })
    }
    await sendToRedis('del', head)
    await sendToRedis('lpush', head, 'a list')
    expect(await newReadingWorker().get(boardOf(board), reader)).toMatchObject({ status: 200, by: 'postgres' })
  })

  it('is not used, as CACHE_SECONDS is 0', async () => {
    const { board, reader } = await cachedBoard()
    const worker = newReadingWorker({ CACHE_SECONDS: '0' })
    expect(await worker.get(boardOf(board), reader)).toMatchObject({ status: 200, by: 'postgres' })
    expect((await worker.requests()).redis).toBe(1) // the count of requests
  })
})

const sendToRedis = async (...command: string[]) => {
  const headers = { Authorization: `Bearer ${env.UPSTASH_REDIS_REST_TOKEN}` }
  await fetch(env.UPSTASH_REDIS_REST_URL, { method: 'POST', headers, body: JSON.stringify(command) })
}
