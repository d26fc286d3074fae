import { spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { hashSync } from 'bcryptjs'
import pg from 'pg'
import { afterAll, expect, inject, it } from 'vitest'
import { importUsers, linesOf } from '../../drizzle/import-users.ts'
import { migrate } from '../../drizzle/migrate.ts'
import { app } from '../../src/app.ts'
import { freshDatabase } from '../support/local.ts'
import { assets, queryRows, sql } from '../support/node.ts'

const folder = mkdtempSync(join(tmpdir(), 'flowtrack-import-'))
const script = join(import.meta.dirname, '../../drizzle/import-users.ts')
afterAll(async () => {
  rmSync(folder, { recursive: true })
  await sql.end()
})

const PASSWORD = 'correct horse battery'
/** PASSWORD as libxcrypt hashes it with bcrypt. */
const HASH = '$2b$05$abcdefghijklmnopqrstuuD3mHdCr44zlIZ.VZCaYRpfQhXMYnEo.'
const newEmail = () => `${randomUUID()}@example.com`

function writeFile(content: string, encoding: BufferEncoding): string {
  const path = join(folder, `${randomUUID()}.csv`)
  writeFileSync(path, content, encoding)
  return path
}
const writeCsv = (...lines: string[]) => writeFile(lines.join('\r\n'), 'utf8')
const HEAD = 'email,name,password_hash,role,timezone,is_active,created_at'

/** Runs `npm run import-users -- …`, without npm. */
function run(...args: string[]) {
  const env = { ...process.env, DATABASE_URL: inject('databaseUrl') }
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], { encoding: 'utf8', env })
  return { status, stdout, stderr }
}

/** Imports a file as `run` does, but in this process. Resolves with the lines that it would print. */
const importFile = async (path: string, dryRun = false) =>
  linesOf(await importUsers(inject('databaseUrl'), path, { dryRun }), dryRun)

const accountsOf = (...emails: string[]) =>
  queryRows(
    'select name, role, timezone, is_active, created_at, password_hash from users where email = any($1) order by created_at',
    [emails],
  )

/** Signs in by a request to the whole API, run in Node. */
async function login(email: string, password = PASSWORD) {
  const headers = { 'Content-Type': 'application/json' }
  const body = JSON.stringify({ email, password })
  const request = new Request('https://flowtrack.test/auth/login', { method: 'POST', headers, body })
  const bindings = { ...inject('vars'), ASSETS: assets }
  const context = { waitUntil: () => undefined, passThroughOnException: () => undefined, props: {} }
  return app.fetch(request, bindings as unknown as Env, context as never)
}

it('imports accounts that can sign in with their old passwords, whose hashes are then replaced by scrypt', async () => {
  const [ada, bob] = [newEmail(), newEmail()]
  const path = writeCsv(
    `\ufeff${HEAD}`,
    `${ada.toUpperCase()},"Lovelace, ""Ada""",${HASH},,Europe/London,t,2021-03-04 05:06:07.891+01`,
    `${bob},Bob,${hashSync('bob has another one', 4)},member,,false,2022-01-01T00:00:00Z`,
  )
  expect(run(path)).toEqual({ status: 0, stderr: '', stdout: 'Imported 2 accounts; 0 had one already, 0 skipped.\n' })
  expect(await accountsOf(ada, bob)).toMatchObject([
    {
      name: 'Lovelace, "Ada"',
      role: 'member',
      timezone: 'Europe/London',
      is_active: true,
      created_at: new Date('2021-03-04T04:06:07.891Z'),
      password_hash: HASH,
    },
    { name: 'Bob', timezone: 'UTC', is_active: false },
  ])
  expect((await login(ada, `${PASSWORD}!`)).status).toBe(401)
  expect((await login(ada)).status).toBe(200)
  const [upgraded] = await accountsOf(ada)
  expect(upgraded.password_hash).toMatch(/^\$scrypt\$/)
  expect((await login(ada)).status).toBe(200)
  expect((await login(bob, 'bob has another one')).status).toBe(401) // the account was disabled, and still is
})

it('imports accounts with an empty state as disabled, and reads times in all formats of databases', async () => {
  const times = {
    '': null,
    '0001-01-01': '0001-01-01T00:00:00.000Z',
    '2021-03-04': '2021-03-04T00:00:00.000Z',
    '2021-03-04 05:06:07': '2021-03-04T05:06:07.000Z',
    '2021-03-04 05:06:07+01': '2021-03-04T04:06:07.000Z',
    '2021-03-04 05:06:07+0130': '2021-03-04T03:36:07.000Z',
    '2021-03-04T05:06:07.5-01:00': '2021-03-04T06:06:07.500Z',
  }
  const rows = Object.entries(times).map(([time, at]) => ({ email: newEmail(), time, at }))
  const path = writeCsv(HEAD, ...rows.map(({ email, time }) => `${email},Ada,${HASH},,,,${time}`))
  expect(await importFile(path)).toEqual(['Imported 7 accounts; 0 had one already, 0 skipped.'])
  for (const { email, at } of rows) {
    const [account] = await accountsOf(email)
    expect(account.is_active).toBe(false)
    if (at) expect(account.created_at.toISOString()).toBe(at)
  }
  const [{ id }] = await queryRows('select id from users where email = $1', [rows[1]?.email])
  expect(id).toMatch(/^00000000-0000-7/) // lists are sorted by id: the oldest is first
  const withoutState = newEmail()
  await importFile(writeCsv('email,name,password_hash', `${withoutState},Ada,${HASH}`))
  expect(await accountsOf(withoutState)).toMatchObject([{ is_active: true }])
})

it('changes nothing in a repeated import or a dry run, and says what a dry run would import', async () => {
  const [ada, bob] = [newEmail(), newEmail()]
  const first = writeCsv(HEAD, `${ada},Ada,${HASH},,,,`)
  expect(await importFile(first, true)).toEqual(['Would import 1 account; 0 had one already, 0 skipped.'])
  expect(await accountsOf(ada)).toEqual([])
  await importFile(first)
  await login(ada)
  const before = await accountsOf(ada)
  const rest = [`${bob},Bob,${HASH},,,,`, `${bob},Bob again,${HASH},,,,`]
  expect(await importFile(writeCsv(HEAD, `${ada},Another name,${HASH},admin,,,`, ...rest))).toEqual([
    'line 2: has an account already',
    'line 4: has an account already',
    'Imported 1 account; 2 had one already, 0 skipped.',
  ])
  expect(await accountsOf(ada)).toEqual(before)
  expect(await accountsOf(bob)).toMatchObject([{ name: 'Bob' }])
})

const inMinutes = (minutes: number) => new Date(Date.now() + minutes * 60_000).toISOString()

/** Rows that make no account, and the complaint about each. */
const WRONG: [row: string, complaint: RegExp][] = [
  [`not an address,Ada,${HASH},,,,,41`, /^email: /],
  [`a@example.com, ,${HASH},,,,,41`, /^name: /],
  ['a@example.com,Ada,5f4dcc3b5aa765d61d8327deb882cf99,,,,,41', /^password_hash: is neither bcrypt/],
  [`a@example.com,Ada,${HASH.replace('$05$', '$20$')},,,,,41`, /^password_hash: /], // would take a minute of CPU
  [`a@example.com,Ada,${HASH},owner,,,,41`, /^role: /],
  [`a@example.com,Ada,${HASH},,Mars/Base,,,41`, /^timezone: /],
  [`a@example.com,Ada,${HASH},,US/Pacific-New,,,41`, /^(timezone|validation_failed)/], // Postgres does not know it
  [`a@example.com,Ada,${HASH},,,maybe,,41`, /^is_active: must be true or false/],
  [`a@example.com,Ada,${HASH},,,constructor,,41`, /^is_active: must be true or false/],
  [`a@example.com,Ada,${HASH},,,,yesterday,41`, /^created_at: /],
  [`a@example.com,Ada,${HASH},,,,${inMinutes(6)},41`, /^created_at: must not be in the future/],
  [`a@example.com,Ada,${HASH}`, /fewer fields/],
  [`a@example.com,Ada,${HASH},,,,,41,42`, /more or fewer/],
]

it('skips invalid rows, and says in which line and why, without showing a hash', async () => {
  const good = newEmail()
  const lines = await importFile(
    writeCsv(`${HEAD},constructor`, ...WRONG.map(([row]) => row), '', `${good},Good,${HASH},,,,${inMinutes(4)},41`),
  )
  expect(lines.shift()).toBe('Columns not used: constructor')
  expect(lines.pop()).toBe(`Imported 1 account; 0 had one already, ${WRONG.length} skipped.`)
  expect(lines.map((line) => line.split(': ')[0])).toEqual(WRONG.map((_, n) => `line ${n + 2}`))
  for (const [n, [, complaint]] of WRONG.entries()) expect(lines[n]?.replace(/^line \d+: /, '')).toMatch(complaint)
  expect(lines.join()).not.toMatch(/\$2b\$|5f4dcc3b/)
  expect(await accountsOf(good)).toHaveLength(1)
})

it('imports nothing from a file with a misplaced quote, and names its line', async () => {
  const ada = newEmail()
  const path = writeCsv(
    HEAD,
    `${ada},Ada,${HASH},,,,`,
    `${newEmail()},"B" ob,${HASH},,,,`,
    `${newEmail()},Eve,${HASH},,,,`,
  )
  await expect(importFile(path)).rejects.toThrow(/ line 3 /)
  expect(await accountsOf(ada)).toEqual([])
})

it('imports names from files in UTF-8 and UTF-16, and nothing from files in another encoding', async () => {
  const [zoe, other] = [newEmail(), newEmail()]
  const contentFor = (email: string) => [HEAD, `${other},Ada,${HASH},,,,`, `${email},Zoé,${HASH},,,,`].join('\n')
  expect(run(writeFile(contentFor(zoe), 'latin1'))).toEqual({
    status: 1,
    stdout: '',
    stderr: 'Nothing was imported: Line 3 has bytes that are not UTF-8: save the file as UTF-8, then repeat this.\n',
  })
  const cut = writeFile(`\ufeff${contentFor(zoe)}\ud83d`, 'utf16le')
  await expect(importFile(cut)).rejects.toThrow(/^Line 3 has bytes that are not UTF-16LE: save the file as UTF-8/)
  expect(await accountsOf(zoe, other)).toEqual([])

  const [chloe, big] = [newEmail(), newEmail()]
  await importFile(writeFile(`\ufeff${contentFor(zoe)}`, 'utf16le'))
  await importFile(writeFile(contentFor(chloe), 'utf8'))
  const swapped = writeFile(`\ufeff${contentFor(big)}`, 'utf16le')
  writeFileSync(swapped, readFileSync(swapped).swap16()) // UTF-16 with the larger byte first
  await importFile(swapped)
  expect(await accountsOf(zoe, chloe, big)).toMatchObject(new Array(3).fill({ name: 'Zoé' }))
})

it('fails without the file, or without a column that every account needs', async () => {
  await expect(importFile('/nowhere.csv')).rejects.toThrow(/ENOENT/)
  expect(run(writeCsv('email,name', 'a@example.com,Ada'))).toEqual({
    status: 1,
    stdout: '',
    stderr: 'Nothing was imported: The first line must also name the column password_hash.\n',
  })
})

const migration = join(import.meta.dirname, '../../drizzle/migrate.ts')

it('reports in one line that a database is not PostgreSQL, or is not migrated', async () => {
  const options = { encoding: 'utf8', env: { ...process.env, DATABASE_URL: 'foo' } } as const
  const wanted = 'DATABASE_URL is not a URL of Postgres: it must begin with postgres:// or postgresql://.'
  expect(spawnSync(process.execPath, [migration], options)).toMatchObject({
    status: 1,
    stdout: '',
    stderr: `Migration failed: ${wanted}\n`,
  })
  expect(spawnSync(process.execPath, [migration, '--dry-run'], options)).toMatchObject({
    status: 1,
    stderr: expect.stringContaining("Unknown option '--dry-run'"),
  })
  const empty = writeCsv(HEAD)
  await expect(importUsers('mysql://me:secret@127.0.0.1/x', empty)).rejects.toThrow(wanted)
  const database = await freshDatabase()
  try {
    await expect(importUsers(database.url, empty)).rejects.toThrow(/not migrated: run `npm run db:migrate`/)
  } finally {
    await database.close()
  }
})

it('prints only the error for a URL in the form that Neon gives', () => {
  const DATABASE_URL = 'postgresql://me:secret@127.0.0.1:1/flowtrack?sslmode=require&channel_binding=require'
  expect(
    spawnSync(process.execPath, [migration], { encoding: 'utf8', env: { ...process.env, DATABASE_URL } }),
  ).toMatchObject({
    status: 1,
    stderr: 'Migration failed: connect ECONNREFUSED 127.0.0.1:1\n',
  })
})

it('makes nobody but former administrators an administrator of an empty database', async () => {
  const database = await freshDatabase()
  try {
    await migrate(database.url)
    const member = (n: number) => `${newEmail()},Member ${n},${HASH},member,,,`
    const nobody = writeCsv(HEAD, member(1), `${newEmail()},Gone,${HASH},admin,,false,`)
    await expect(importUsers(database.url, nobody)).rejects.toThrow(/add an active admin to the file/)
    const boss = newEmail()
    const many = Array.from({ length: 600 }, (_, n) => member(n))
    const path = writeCsv(HEAD, ...many, `${boss},Boss,${HASH},admin,,true,`)
    expect(await importUsers(database.url, path)).toMatchObject({ imported: 601, known: [], skipped: [] })
    const client = new pg.Client({ connectionString: database.url })
    await client.connect()
    const admins = await client.query("select email from users where role = 'admin'")
    await client.end()
    expect(admins.rows).toEqual([{ email: boss }])
  } finally {
    await database.close()
  }
})
