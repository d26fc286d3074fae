import type { PoolClient } from 'pg'
import { afterAll, describe, expect, inject, it } from 'vitest'
import { ClaimTask } from '../../src/features/claims/schema.ts'
import { claimTask } from '../../src/features/claims/service.ts'
import { setQuotas } from '../../src/features/projects/service.ts'
import { CreateTask } from '../../src/features/tasks/schema.ts'
import { createTask } from '../../src/features/tasks/service.ts'
import { deleteUser, updateMe } from '../../src/features/users/service.ts'
import {
  type Actors,
  CREATES,
  type Creating,
  doesWork,
  ENDINGS,
  ENDS,
  type Ending,
  newActors,
  resultOf,
  stageFor,
} from '../support/access-acts.ts'
import { queryRows, sql } from '../support/node.ts'

/** A creating act and an ending act at the same time: what is made must not survive, in either order. */

afterAll(() => sql.end())

const onServer = inject('onServer')
/** How often each pair is tried. RACE_ROUNDS=200 takes a quarter of an hour. */
const ROUNDS = Number(process.env.RACE_ROUNDS ?? 4)
const AT_ONCE = 6

const ACTS = Object.entries(CREATES)
const PAIRS = ACTS.flatMap(([name, creating]) => creating.ended_by.map((ending) => [name, ending, creating] as const))

it('says for each act that creates access and each act that ends access whether they can conflict', () => {
  for (const [name, { ended_by, spared }] of ACTS)
    expect([...ended_by, ...Object.values(spared).flat()].toSorted(), name).toEqual(ENDINGS.toSorted())
})

it.each(ACTS)('finds that %s works as long as nothing ends the access', async (_name, creating) => {
  const w = await stageFor(creating, undefined)
  expect(await doesWork(creating.works(w, await creating.make(w)))).toBe(true)
})

type Row = [table: 'users' | 'projects', id: string]

/** Changes that create nothing, and check again what their maker may do, after they have waited for this row. */
const RIGHTS: Record<string, { row: (w: Actors) => Row; make: (w: Actors) => Promise<unknown> }> = {
  'the deletion of an account': {
    row: (w) => ['users', w.manager.user_id],
    make: (w) => deleteUser(w.person.as(), w.manager.user_id),
  },
  'a change of one’s own account': {
    row: (w) => ['users', w.person.user_id],
    make: (w) => updateMe(w.person.as(), { name: 'New' }),
  },
  'a claim': {
    row: (w) => ['users', w.person.user_id],
    make: async (w) => {
      await createTask(w.manager.as(), CreateTask.parse({ project_id: w.project, title: 'Free' }))
      return claimTask(w.person.as(), w.project, ClaimTask.parse({ from: 'todo', lease_seconds: 300 }))
    },
  },
  'new quotas': { row: (w) => ['projects', w.project], make: (w) => setQuotas(w.person.as(), w.project, { tasks: 5 }) },
}

async function endAccount(client: PoolClient, id: string): Promise<void> {
  await client.query("update users set is_active = false, role = 'member' where id = $1", [id])
  await client.query('update sessions set revoked_at = now() where user_id = $1', [id])
}

/**
 * Holds the lock of a row until the act waits for it, and commits `meanwhile` before it goes on. Returns its outcome.
 */
async function whileItWaits({
  row: [table, id],
  act,
  meanwhile,
}: {
  row: Row
  act: () => Promise<unknown>
  meanwhile: (client: PoolClient) => Promise<void>
}) {
  const client = await sql.connect()
  await client.query('begin')
  await client.query(`select 1 from ${table} where id = $1 for no key update`, [id])
  const [{ pid }] = (await client.query('select pg_backend_pid() as pid')).rows
  let over = false
  const outcome = resultOf(act()).finally(() => {
    over = true
  })
  const waits = async () =>
    (await queryRows('select 1 from pg_stat_activity where $1 = any(pg_blocking_pids(pid))', [pid])).length > 0
  try {
    while (!over && !(await waits()));
    expect(over).toBe(false)
    await meanwhile(client)
  } finally {
    await client.query('commit')
    client.release()
  }
  return outcome
}

const pause = (ms: number) => new Promise((over) => setTimeout(over, ms))

/**
 * Whether what was made works after the ending act; false if either act was refused. `lead`: how many ms the creating
 * act starts before the ending act; or, without overlap, whether it is 'first' or 'last'.
 */
async function survives(creating: Creating, ending: Ending, lead: number | 'first' | 'last'): Promise<boolean> {
  const w = await stageFor(creating, ending)
  const { end, restore } = ENDS[ending]
  const make = async () => resultOf(creating.make(w))
  const stop = async () => resultOf(end(w))
  const both = {
    first: async () => [await make(), await stop()] as const,
    last: async () =>
      [await stop(), await make()].toReversed() as [Awaited<ReturnType<typeof make>>, Awaited<ReturnType<typeof stop>>],
  }
  const [made, ended] =
    typeof lead === 'string'
      ? await both[lead]()
      : await Promise.all([pause(Math.max(0, -lead)).then(make), pause(Math.max(0, lead)).then(stop)])
  if ('refused' in made || 'refused' in ended) return false
  await restore?.(w)
  return doesWork(creating.works(w, made.answer))
}

it.each(PAIRS)('%s does not survive %s, whichever comes first', async (_name, ending, creating) => {
  expect(await survives(creating, ending, 'first')).toBe(false)
  expect(await survives(creating, ending, 'last')).toBe(false)
})

describe.runIf(onServer)('on a server that runs transactions concurrently', () => {
  it.each(PAIRS)('%s does not survive %s at the same time', { timeout: 600_000 }, async (_name, ending, creating) => {
    let [begun, survived] = [0, 0]
    const run = async () => {
      while (begun++ < ROUNDS) if (await survives(creating, ending, (begun % 7) - 3)) survived++
    }
    await Promise.all(Array.from({ length: AT_ONCE }, run))
    expect(survived).toBe(0)
  })

  it.each(ACTS.filter(([, { locks }]) => locks))(
    'refuses %s when the account ends while the request waits',
    async (_name, creating) => {
      const w = await stageFor(creating, undefined)
      const outcome = await whileItWaits({
        row: ['users', w.person.user_id],
        act: () => creating.make(w),
        meanwhile: (client) => endAccount(client, w.person.user_id),
      })
      expect(outcome).toHaveProperty('refused')
    },
  )

  it.each(Object.entries(RIGHTS))(
    'refuses %s when the right to it ends while the request waits',
    async (_name, change) => {
      const w = await newActors({ admin: true })
      const outcome = await whileItWaits({
        row: change.row(w),
        act: () => change.make(w),
        meanwhile: (client) => endAccount(client, w.person.user_id),
      })
      expect(outcome).toEqual({ refused: 'token_revoked' })
    },
  )
})
