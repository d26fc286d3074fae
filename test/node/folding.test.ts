import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { expect, inject, it } from 'vitest'
import { migrate } from '../../drizzle/migrate.ts'
import { startEmbeddedPostgres } from '../../local/postgres.ts'

/** Pairs of spellings that people read as the same text. */
const EQUAL = [
  ['É', 'é'],
  ['STRASSE', 'straße'],
  ['ΟΔΟΣ', 'οδος'],
  ['Жук', 'жУК'],
  ['Ｆｕｌｌ', 'full'],
  ['e\u0301', 'é'],
] as const

async function compareSpellings(url: string): Promise<boolean[]> {
  await migrate(url)
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const { rows } = await client.query(
      'select folded(a) = folded(b) as same from unnest($1::text[], $2::text[]) as t(a, b)',
      [EQUAL.map(([one]) => one), EQUAL.map(([, other]) => other)],
    )
    return rows.map(({ same }) => same)
  } finally {
    await client.end()
  }
}

const all = EQUAL.map(() => true)

it('treats different spellings of a text as equal on the embedded database', async () => {
  const postgres = await startEmbeddedPostgres()
  try {
    expect(await compareSpellings(postgres.url)).toEqual(all)
  } finally {
    await postgres.close()
  }
})

it.skipIf(!inject('onServer'))(
  'treats different spellings of a text as equal whatever the locale of the database',
  async () => {
    const server = new pg.Client({ connectionString: inject('databaseUrl') })
    await server.connect()
    try {
      for (const locale of ['C', 'C.UTF-8']) {
        const name = `folding_${randomUUID().slice(0, 8)}`
        await server.query(`create database ${name} template template0 encoding 'UTF8' locale '${locale}'`)
        try {
          const url = Object.assign(new URL(inject('databaseUrl')), { pathname: `/${name}` }).href
          expect(await compareSpellings(url), locale).toEqual(all)
        } finally {
          await server.query(`drop database ${name} with (force)`)
        }
      }
    } finally {
      await server.end()
    }
  },
)
