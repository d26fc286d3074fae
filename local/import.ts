import { openAsBlob } from 'node:fs'
import { stat } from 'node:fs/promises'
import { extname } from 'node:path'
import { parseArgs, styleText } from 'node:util'

/*
 * `npm run import -- board.json [--preview]`: imports the board of another product, and says what was left out.
 * FLOWTRACK_TOKEN holds an access token or an API key. Exit status 1: the server answered
 * with an error; 2: nothing was sent, or no answer came.
 */

type Warning = { code: string; count: number; detail: string; examples: string[] }
type Report = {
  project_id?: string
  format: string
  project: { name: string; key: string }
  counts: Record<string, number>
  columns: { name: string; category: string; tasks: number }[]
  people: { name: string; email: string | null; matched_user_id: string | null }[]
  warnings: Warning[]
}
type Problem = { title?: string; detail?: string; errors?: { path: string; message?: string }[] }

const USAGE =
  'npm run import -- FILE [--preview] [--api URL] [--format F] [--tz ZONE] [--key KEY] [--name NAME] [--project P] [--map JSON]'
const QUERY = ['format', 'tz', 'key', 'name', 'project', 'map'] as const

const options = {
  preview: { type: 'boolean', default: false },
  api: { type: 'string', default: 'http://127.0.0.1:8787' },
  ...Object.fromEntries(QUERY.map((name) => [name, { type: 'string' }] as const)),
} as const

const TYPES: Record<string, string> = { '.json': 'application/json', '.ndjson': 'application/x-ndjson' }

/** The bytes of the file. Shows in the terminal how much of it has been read. */
function streamOf(file: Blob, size: number): ReadableStream<Uint8Array> {
  let bytes = 0
  const told = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      bytes += chunk.byteLength
      const share = size === 0 ? 1 : bytes / size
      const bar = '#'.repeat(Math.round(share * 30)).padEnd(30, '.')
      if (process.stderr.isTTY) process.stderr.write(`\r[${bar}] ${Math.round(share * 100)} % sent`)
      controller.enqueue(chunk)
    },
    flush() {
      if (process.stderr.isTTY) process.stderr.write('\n')
    },
  })
  return file.stream().pipeThrough(told)
}

function tableOf(rows: string[][]): string {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)))
  return rows
    .map((row) =>
      row
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

function reportTextOf({ format, project, counts, columns, people, warnings, project_id }: Report): string {
  const parts = [
    styleText('bold', `${project.name} (${project.key}), from ${format}`),
    tableOf(Object.entries(counts).map(([name, count]) => [name.replaceAll('_', ' '), String(count)])),
    tableOf([
      ['column', 'category', 'tasks'],
      ...columns.map(({ name, category, tasks }) => [name, category, String(tasks)]),
    ]),
  ]
  const unmatched = people.filter(({ matched_user_id }) => matched_user_id === null).map(({ name }) => name)
  if (people.length > 0)
    parts.push(`People: ${people.length}, of whom ${people.length - unmatched.length} are found here`)
  for (const { code, count, detail, examples } of warnings)
    parts.push(
      `${styleText('yellow', `${count} × ${code}`)}: ${detail}${examples.length > 0 ? `\n  ${examples.join(' · ')}` : ''}`,
    )
  if (project_id) parts.push(styleText('green', `Imported: project ${project_id}`))
  return parts.join('\n\n')
}

function refusalTextOf(status: number, text: string): string {
  let problem: Problem = {}
  try {
    problem = JSON.parse(text)
  } catch {
    problem = { title: `The server answered with ${status}` }
  }
  const errors = (problem.errors ?? []).map(({ path, message = '' }) => `  ${path} ${message}`)
  return [problem.title ?? `Status ${status}`, ...(errors.length > 0 ? errors : [problem.detail ?? ''])].join('\n')
}

/** The values of the command line, and its one file. Throws an error that says how to use it. */
function readArgs() {
  try {
    const { values, positionals } = parseArgs({ options, allowPositionals: true })
    const [path, ...more] = positionals
    if (path === undefined || more.length > 0) throw new Error('Name one file.')
    return { values, path }
  } catch (error) {
    throw new Error(`${(error as Error).message}\n${USAGE}`)
  }
}

async function main(): Promise<number> {
  const { values, path } = readArgs()
  const token = process.env.FLOWTRACK_TOKEN
  if (!token || !/^[\x21-\x7e]+$/.test(token))
    throw new Error('FLOWTRACK_TOKEN is not set, or is not a token: give an access token or an API key.')
  const given: Record<string, unknown> = values
  const query = new URLSearchParams(
    QUERY.flatMap((name) => (typeof given[name] === 'string' ? [[name, given[name]]] : [])),
  )
  const file = await stat(path)
  if (!file.isFile()) throw new Error(`${path} is not a file.`)
  const api = values.api.replace(/\/$/, '')
  const response = await fetch(`${api}/imports${values.preview ? '/preview' : ''}?${query}`, {
    method: 'POST',
    headers: {
      Authorization: `Bearer ${token}`,
      'Content-Type': TYPES[extname(path).toLowerCase()] ?? 'text/csv',
      'Content-Length': String(file.size),
      ...(!values.preview && { 'Idempotency-Key': crypto.randomUUID() }),
    },
    body: streamOf(await openAsBlob(path), file.size),
    duplex: 'half',
  } as RequestInit).catch((error: Error) => {
    const cause = error.cause instanceof Error ? error.cause.message : error.message
    throw new Error(`No answer from ${values.api} (${cause}). Check --api, and whether FlowTrack runs there.`)
  })
  const text = await response.text()
  if (!response.ok) console.error(styleText('red', refusalTextOf(response.status, text)))
  else console.log(reportTextOf(JSON.parse(text)))
  return response.ok ? 0 : 1
}

process.exitCode = await main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  return 2
})
