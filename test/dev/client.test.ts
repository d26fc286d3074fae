import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, expect, inject, it } from 'vitest'

/** An independent tool must be able to generate a working client from the OpenAPI document. */

const modules = join(import.meta.dirname, '../../node_modules')
const folder = mkdtempSync(join(tmpdir(), 'flowtrack-client-'))
const url = inject('devUrl')

afterAll(() => rmSync(folder, { recursive: true, force: true }))

const write = (name: string, content: unknown) =>
  writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content))

/** Runs an installed tool in the folder. Throws with what it printed when it fails. */
function run(script: string, ...args: string[]): string {
  try {
    const stdio = ['ignore', 'pipe', 'pipe'] as const
    return execFileSync(process.execPath, [resolve(folder, script), ...args], {
      cwd: folder,
      encoding: 'utf8',
      stdio: [...stdio],
    })
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string }
    throw new Error(`${script} failed:\n${stdout}${stderr}`)
  }
}

const GENERATOR = `export default { input: 'openapi.json', output: { path: 'client', module: { extension: '.js' } } }`

const COMPILER = {
  compilerOptions: {
    target: 'ES2023',
    lib: ['ES2023', 'DOM', 'DOM.Iterable'],
    types: [],
    module: 'NodeNext',
    strict: true,
    noUncheckedIndexedAccess: true,
    rootDir: '.',
    outDir: 'out',
  },
  include: ['quick-start.ts', 'client'],
}

/** The curl examples of README.md, as somebody would write them with only the generated client. */
const QUICK_START = `
import { client } from './client/client.gen.js'
import { createProject, createTask, getBoard, moveTask, register } from './client/index.js'

client.setConfig({ baseUrl: process.argv[2]!, throwOnError: true })
declare const process: { argv: string[] }
const throwOnError = true

const { data: account } = await register({
  throwOnError,
  body: { email: 'ada@example.com', name: 'Ada', password: 'correct horse battery' },
})
client.setConfig({ auth: account.tokens.access })

const { data: project } = await createProject({ throwOnError, body: { name: 'Apollo' } })
const { data: first } = await createTask({ throwOnError, body: { project_id: project.id, title: 'Land' } })
const { data: second } = await createTask({ throwOnError, body: { project_id: project.id, title: 'Launch', status: 'in_progress' } })
await moveTask({ throwOnError, path: { id: first.id }, body: { status: 'in_progress', before: second.id } })
const { data: board } = await getBoard({ throwOnError, path: { id: project.id } })

const column = board.columns.find(({ key }) => key === 'in_progress')
console.log(JSON.stringify({ titles: column?.tasks.map(({ title }) => title), count: column?.task_count }))
`

it('serves an OpenAPI document whose generated client compiles strictly and runs the quick start', async () => {
  write('package.json', { type: 'module' })
  write('tsconfig.json', COMPILER)
  write('openapi-ts.config.js', GENERATOR)
  write('quick-start.ts', QUICK_START)
  write('openapi.json', await (await fetch(`${url}/openapi.json`)).text())
  run(join(modules, '@hey-api/openapi-ts/bin/run.js'))
  run(join(modules, 'typescript/bin/tsc'), '-p', 'tsconfig.json')
  const board = run('out/quick-start.js', url)
  expect(JSON.parse(board)).toEqual({ titles: ['Land', 'Launch'], count: 2 })
})
