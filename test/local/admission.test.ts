import pg from 'pg'
import { expect, it } from 'vitest'
import { migrate } from '../../drizzle/migrate.ts'
import { startEmbeddedPostgres } from '../../local/postgres.ts'

it('makes the first account an administrator even if registration is closed, and no later account', async () => {
  const postgres = await startEmbeddedPostgres()
  const client = new pg.Client({ connectionString: postgres.url })
  try {
    await migrate(postgres.url)
    await client.connect()
    const register = (mode: string, email: string) =>
      client.query(
        "insert into users (id, email, name, role) values (gen_random_uuid(), $2, 'New', admit($1, $2, null)) returning role",
        [mode, email],
      )
    expect((await register('closed', 'first@example.com')).rows).toEqual([{ role: 'admin' }])
    await expect(register('closed', 'second@example.com')).rejects.toThrow('registration_closed')
    await expect(register('invite', 'second@example.com')).rejects.toThrow('invitation_required')
    expect((await register('open', 'second@example.com')).rows).toEqual([{ role: 'member' }])
  } finally {
    await client.end()
    await postgres.close()
  }
})
