import { v7 as uuid } from 'uuid'
import { configOf } from '../../../src/config/config.ts'
import { signAccessToken } from '../../../src/security/tokens.ts'
import type { Deployment } from '../support/deployment.ts'
import type { Person } from '../support/people.ts'

/** Makes `count` accounts with sessions by SQL, as the API's limits on registration hold in this run. */
export async function enrol({ sql, settings }: Deployment, count: number, name: string): Promise<Person[]> {
  const config = configOf(settings as unknown as Env) // the rest of Env is bindings
  const ids = Array.from({ length: count }, () => ({ id: uuid(), session_id: uuid() }))
  const [users, sessions] = [ids.map(({ id }) => id), ids.map(({ session_id }) => session_id)]
  await sql.query(
    "insert into users (id, email, name) select id, id || '@example.com', $2 from unnest($1::uuid[]) id",
    [users, name],
  )
  await sql.query(
    `insert into sessions (id, user_id, refresh_hash, expires_at)
     select id, user_id, '', now() + interval '1 day' from unnest($1::uuid[], $2::uuid[]) s (id, user_id)`,
    [sessions, users],
  )
  const now = new Date()
  const tokenOf = ({ id, session_id }: (typeof ids)[number]) =>
    signAccessToken(config, { user_id: id, session_id, role: 'member' }, now)
  return Promise.all(
    ids.map(async (one) => ({ id: one.id, email: `${one.id}@example.com`, token: await tokenOf(one) })),
  )
}
