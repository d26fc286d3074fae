import { v7 as uuid } from 'uuid'
import { afterAll, expect, inject, it } from 'vitest'
import { issueTicket } from '../../src/features/auth/service.ts'
import { createColumn } from '../../src/features/columns/service.ts'
import { createKey } from '../../src/features/keys/service.ts'
import { addMember } from '../../src/features/members/service.ts'
import { createProject } from '../../src/features/projects/service.ts'
import { createReportLink } from '../../src/features/reports/links/service.ts'
import { createTask } from '../../src/features/tasks/service.ts'
import type { AppError } from '../../src/lib/errors.ts'
import { newWriter, sql, type Writer } from '../support/node.ts'

/** Several requests at once, of which only as many may succeed as the quota allows. */

afterAll(() => sql.end())

/** For tests in which transactions wait for each other: PGlite runs only one at a time. */
const onServer = it.skipIf(!inject('onServer'))

/** The same person's context with other quotas. */
const withQuotas = (ctx: Writer, quotas: Partial<Writer['config']>): Writer => ({
  ...ctx,
  config: { ...ctx.config, ...quotas },
})

/** Runs 12 writes at once. Returns how many succeeded (`made`), and how many failed with each code. */
async function runAtOnce(act: (n: number) => Promise<unknown>) {
  const told = await Promise.all(
    Array.from({ length: 12 }, (_, n) =>
      act(n).then(
        () => 'made',
        ({ code }: AppError) => code,
      ),
    ),
  )
  return Object.fromEntries([...Map.groupBy(told, (one) => one)].map(([what, all]) => [what, all.length]))
}

const newBoard = async (owner: Writer) => (await createProject(owner, { name: 'Quotas' })).row.id

onServer('never exceeds the quotas of tasks, columns and members of a project under concurrent requests', async () => {
  const ada = withQuotas(await newWriter(), { QUOTA_TASKS: 5, QUOTA_COLUMNS: 7, QUOTA_MEMBERS: 4 })
  const project_id = await newBoard(ada)
  expect(await runAtOnce(() => createTask(ada, { project_id, title: 'One more' }))).toEqual({
    made: 5,
    too_many_tasks: 7,
  })
  const column = (n: number) => createColumn(ada, project_id, { key: `c${n}`, name: 'New', category: 'todo' } as never)
  expect(await runAtOnce(column)).toEqual({ made: 3, too_many_columns: 9 })
  const people = await Promise.all(Array.from({ length: 12 }, newWriter))
  const member = (n: number) => addMember(ada, project_id, { user_id: people[n]?.actor.user_id ?? '', role: 'viewer' })
  expect(await runAtOnce(member)).toEqual({ made: 3, too_many_members: 9 })
})

onServer(
  'never exceeds the quotas of projects, keys, links and tickets of an account under concurrent requests',
  async () => {
    const ada = withQuotas(await newWriter(), { QUOTA_PROJECTS: 4, QUOTA_KEYS: 3, QUOTA_LINKS: 2, QUOTA_TICKETS: 5 })
    const project_id = await newBoard(ada)
    expect(await runAtOnce(() => createProject(ada, { name: 'Quotas' }))).toEqual({ made: 3, too_many_projects: 9 })
    const key = () => createKey(ada, { name: 'A key', scopes: ['read'], project_ids: null, expires_at: null })
    expect(await runAtOnce(key)).toEqual({ made: 3, too_many_keys: 9 })
    const link = () =>
      createReportLink(ada, { project_id, report: 'summary', query: {}, expires_in: 3600 } as never, '')
    expect(await runAtOnce(link)).toEqual({ made: 2, too_many_links: 10 })
    expect(await runAtOnce(() => issueTicket(ada))).toEqual({ made: 5, too_many_tickets: 7 })
  },
)

onServer('never exceeds the quota of links of a project when several people create them at once', async () => {
  const ada = await newWriter()
  const project_id = await newBoard(ada)
  const people = await Promise.all(Array.from({ length: 12 }, newWriter))
  for (const { actor } of people) await addMember(ada, project_id, { user_id: actor.user_id, role: 'viewer' })
  const link = (n: number) =>
    createReportLink(
      withQuotas(people[n] as Writer, { QUOTA_PROJECT_LINKS: 4 }),
      { project_id, report: 'summary', query: {}, expires_in: 3600 } as never,
      '',
    )
  expect(await runAtOnce(link)).toEqual({ made: 4, too_many_links: 8 })
})

it('limits the pending invitations, and keeps as many that have ended', async () => {
  const { actor } = await newWriter()
  const client = await sql.connect()
  try {
    await client.query('begin') // rolled back at the end, since this ends invitations of other tests, too
    const {
      rows: [{ waiting }],
    } = await client.query(
      'select count(*)::int as waiting from invitations where used_at is null and revoked_at is null and expires_at > now()',
    )
    const invite = async (email: string) => {
      await client.query('select require_new_invitation($1, $2)', [email, waiting + 2])
      await client.query(
        `insert into invitations (id, email, role, token_hash, created_by, expires_at)
         values ($1::uuid, $2, 'member', $1::text, $3, now() + interval '7 days')`,
        [uuid(), email, actor.user_id],
      )
    }
    for (let n = 0; n < waiting + 6; n += 1) await invite('one@quotas.example') // each revokes the one before
    const {
      rows: [{ ended }],
    } = await client.query(
      'select count(*)::int as ended from invitations where used_at is not null or revoked_at is not null or expires_at <= now()',
    )
    expect(ended).toBe(waiting + 2)
    await invite('two@quotas.example')
    await expect(invite('three@quotas.example')).rejects.toMatchObject({
      code: 'FT409',
      message: 'too_many_invitations',
      detail: expect.stringContaining(`"limit": ${waiting + 2}`),
    })
  } finally {
    await client.query('rollback')
    client.release()
  }
})
