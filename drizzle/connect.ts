import pg from 'pg'

/**
 * Throws when DATABASE_URL is not a URL of Postgres: the driver takes `foo` for a database on a host named `base`, and
 * accepts every scheme. The messages do not show the URL, as it has a password.
 */
export function checkDatabaseUrl(url: string): void {
  if (!/^postgres(ql)?:\/\//i.test(url))
    throw new Error('DATABASE_URL is not a URL of Postgres: it must begin with postgres:// or postgresql://.')
  // The driver would take a part of the password for the host, and show it in its error.
  if (/\/\/.*[/?#].*@/.test(url))
    throw new Error('The password in DATABASE_URL must be encoded: write / as %2F, ? as %3F, # as %23 and @ as %40.')
}

/**
 * Connects to the database of a postgres:// URL. Throws when the URL is wrong, or nothing answers within 10 seconds.
 */
export async function connect(databaseUrl: string): Promise<pg.Client> {
  checkDatabaseUrl(databaseUrl)
  // Neon's URLs say `require`, which pg takes for `verify-full`, after a warning of eight lines.
  const connectionString = databaseUrl.replace(/([?&]sslmode=)require(?=&|$)/, '$1verify-full')
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 10_000 })
  await client.connect()
  return client
}
