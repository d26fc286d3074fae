import { randomBytes } from 'node:crypto'
import pg from 'pg'

export interface OwnDatabase {
  name: string
  url: string
  drop(): Promise<void>
}

/** Runs one SQL command, on a connection of its own. */
export async function runSql(connectionString: string, command: string): Promise<void> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  await client.query(command).finally(() => client.end())
}

/** Creates `flowtrack_<purpose>_…` on the server of a postgres:// URL. `options` are those of `create database`. */
export async function makeDatabase(server: string, purpose: string, options = ''): Promise<OwnDatabase> {
  const name = `flowtrack_${purpose}_${randomBytes(6).toString('hex')}`
  await runSql(server, `create database ${name} ${options}`)
  const url = Object.assign(new URL(server), { pathname: `/${name}` }).href
  return { name, url, drop: () => runSql(server, `drop database ${name} with (force)`) }
}
