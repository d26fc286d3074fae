import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'

/* `npm run import`, as the docs describe it, against `npm run dev`. */

const root = join(import.meta.dirname, '../..')
const folder = mkdtempSync(join(tmpdir(), 'flowtrack-import-'))
const board = join(root, 'test/fixtures/imports/trello.json')
const table = join(root, 'test/fixtures/imports/jira.csv')

const url = inject('devUrl')
let token = ''

const call = async (path: string, body?: object) => {
  const headers = { 'Content-Type': 'application/json', ...(token && { Authorization: `Bearer ${token}` }) }
  const response = await fetch(`${url}${path}`, {
    method: body ? 'POST' : 'GET',
    headers,
    body: body && JSON.stringify(body),
  })
  return response.json() as Promise<any>
}

beforeAll(async () => {
  const account = { email: `${crypto.randomUUID()}@example.com`, name: 'Ada', password: 'correct horse battery' }
  token = (await call('/auth/register', account)).tokens.access
})

afterAll(() => rmSync(folder, { recursive: true }))

/** Runs a program. Resolves with its exit code and output. */
function runProgram(file: string, args: string[], settings: Record<string, string>) {
  const { FLOWTRACK_TOKEN: _, ...env } = process.env
  return new Promise<{ code: number; out: string; err: string }>((ended) => {
    const child = execFile(file, args, { cwd: root, env: { ...env, ...settings } }, (_error, out, err) =>
      ended({ code: child.exitCode ?? -1, out: stripVTControlCharacters(out), err: stripVTControlCharacters(err) }),
    )
  })
}

/** Runs the command without npm, which takes seconds to start. People copy addresses with a slash at the end. */
const run = (args: string[], settings: Record<string, string> = { FLOWTRACK_TOKEN: token }) =>
  runProgram(process.execPath, [join(root, 'local/import.ts'), ...args, '--api', `${url}/`], settings)

const projects = async () => (await call('/projects')).items

test('previews an import without creating a project', async () => {
  const { code, out, err } = await runProgram('npm', ['run', '-s', 'import', '--', board, '--preview', '--api', url], {
    FLOWTRACK_TOKEN: token,
  })
  expect({ code, err }).toEqual({ code: 0, err: '' })
  expect(out).toMatch(/^Harbour Kitchen Refit \(HARBO\w*\), from trello$/m)
  for (const line of [/^tasks +5$/m, /^archived +3$/m, /^Doing 🚧 +in_progress +2$/m, /^2 × people_unmatched: /m])
    expect(out).toMatch(line)
  expect(out).not.toContain('Imported')
  expect(await projects()).toEqual([])
})

test('creates the project, with dates in the chosen time zone', async () => {
  const { code, out, err } = await run([board, '--tz', 'America/Bogota', '--key', 'KITCHEN', '--name', 'Kitchen'])
  expect({ code, err }).toEqual({ code: 0, err: '' })
  const [, id] = /^Imported: project (\S+)$/m.exec(out) ?? []
  expect(await projects()).toMatchObject([{ id, key: 'KITCHEN', name: 'Kitchen' }])
  const { items } = await call(`/tasks?project_id=${id}&q=worktop`)
  expect(items).toMatchObject([{ title: 'Choose worktop', due_date: '2024-03-01' }])
})

test('accepts a CSV file, and a mapping of the categories of its columns', async () => {
  const { code, out } = await run([table, '--preview', '--map', '{"columns": {"In Review": "done"}}'])
  expect(code).toBe(0)
  expect(out).toMatch(/^In Review +done +\d+$/m)
})

test('exits with code 1 when the import is refused, and says where the error is', async () => {
  const before = await projects()
  const cut = join(folder, 'cut.json')
  writeFileSync(cut, readFileSync(board).subarray(0, 5_000))
  const zone = await run([board, '--tz', 'Mars/Olympus'])
  expect(await run([cut])).toMatchObject({ code: 1, out: '', err: expect.stringMatching(/^ {2}\S+ .*\b5000\b/m) })
  expect(zone).toMatchObject({ code: 1, out: '', err: expect.stringMatching(/^ {2}tz /m) })
  expect(await run([board, '--key', 'KITCHEN'])).toMatchObject({ code: 1, err: expect.stringMatching(/KITCHEN|key/i) })
  expect(await projects()).toEqual(before)
})

test('exits with code 2 when the token or the file is missing or invalid, or when two files are given', async () => {
  for (const given of [{}, { FLOWTRACK_TOKEN: '' }, { FLOWTRACK_TOKEN: 'токен' }] as Record<string, string>[])
    expect(await run([board], given)).toMatchObject({ code: 2, err: expect.stringContaining('FLOWTRACK_TOKEN') })
  for (const args of [[], [board, table], ['--help']])
    expect(await run(args)).toMatchObject({ code: 2, out: '', err: expect.stringContaining('npm run import -- FILE') })
  expect(await run([folder])).toMatchObject({ code: 2, err: expect.stringContaining('is not a file') })
  expect(await run([join(folder, 'nothing.json')])).toMatchObject({ code: 2, err: expect.stringContaining('ENOENT') })
})
