import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { app } from '../src/app.ts'
import { openApiDocumentOf } from '../src/features/meta/document/openapi.ts'

/*
 * `npm run check:openapi`: checks the document that /openapi.json serves with common tools. Linters must
 * report nothing, and the clients that generators make of it must compile. docs/openapi.md lists the tools.
 */

/** The size of the document for each operation, so that only new routes make it grow. 79 operations had 200 KB. */
const LIMIT_KB_PER_OPERATION = 2.54
const METHODS = ['get', 'post', 'put', 'patch', 'delete']
const root = join(import.meta.dirname, '..')
const folder = mkdtempSync(join(tmpdir(), 'flowtrack-openapi-'))
const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

/** Runs the program of an installed package in the folder. Throws with what it printed when it fails. */
function run(script: string, ...args: string[]): void {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'node_modules', script), ...args], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' },
  })
  if (status !== 0) throw new Error(`${script} rejects the document:\n${stdout}${stderr}`)
}

const pathOf = (name: string) => join(import.meta.dirname, name)

function lint(): void {
  run('@redocly/cli/bin/cli.js', 'lint', 'openapi.json', '--config', pathOf('redocly.yaml'))
  run(
    '@stoplight/spectral-cli/dist/index.js',
    'lint',
    'openapi.json',
    '-r',
    pathOf('spectral.yaml'),
    '--fail-severity=hint',
  )
}

const ORVAL = `export default {
  flowtrack: { input: 'openapi.json', output: { target: 'orval/client.ts', client: 'fetch', mode: 'split' } },
}`
const HEY_API = `export default { input: 'openapi.json', output: 'hey-api' }`

function generate(): void {
  mkdirSync(join(folder, 'openapi-typescript'))
  writeFileSync(join(folder, 'orval.config.mjs'), ORVAL)
  writeFileSync(join(folder, 'hey-api.config.mjs'), HEY_API)
  run('openapi-typescript/bin/cli.js', 'openapi.json', '-o', 'openapi-typescript/schema.ts')
  run('orval/dist/bin/orval.mjs', '--config', 'orval.config.mjs')
  run('@hey-api/openapi-ts/bin/run.js', '-f', 'hey-api.config.mjs')
}

const STRICT = {
  target: 'ES2023',
  lib: ['ES2023', 'DOM', 'DOM.Iterable'],
  types: [],
  module: 'ESNext',
  moduleResolution: 'bundler',
  strict: true,
  noUncheckedIndexedAccess: true,
  noEmit: true,
}

/** A program that switches on the codes of one answer: a code of another answer must not compile. */
const SWITCH = `import type { operations } from './openapi-typescript/schema'
type Refusal = operations['createTask']['responses'][409]['content']['application/problem+json']
export function isFull({ code }: Refusal): boolean {
  switch (code) {
    case 'wip_limit_reached':
      return true
    // @ts-expect-error: a code of other operations
    case 'email_taken':
      return false
    default:
      return false
  }
}`

/** Compiles as strictly as TypeScript can; only hey-api's runtime, the same for any document, lacks the last option. */
function compile(): void {
  const strictest = { ...STRICT, exactOptionalPropertyTypes: true }
  const ours = ['switch.ts', 'orval/client.ts', 'hey-api/types.gen.ts']
  writeFileSync(join(folder, 'switch.ts'), SWITCH)
  const projects = [
    { compilerOptions: strictest, files: ours },
    { compilerOptions: STRICT, include: ['hey-api'] },
  ]
  for (const project of projects) {
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(project))
    run('typescript/bin/tsc', '-p', 'tsconfig.json')
  }
}

const TOOLS = [
  '@redocly/cli',
  '@stoplight/spectral-cli',
  'openapi-typescript',
  '@hey-api/openapi-ts',
  'orval',
  'typescript',
]

/** Throws unless docs/openapi.md names these tools with their versions, and the size to within 10 KB. */
function checkPage(kilobytes: number): void {
  const page = readFileSync(join(root, 'docs/openapi.md'), 'utf8')
  const missing = TOOLS.map((tool) => `| ${tool} | ${devDependencies[tool]} |`).filter((row) => !page.includes(row))
  if (missing.length > 0) throw new Error(`docs/openapi.md lacks these rows; add them:\n${missing.join('\n')}`)
  const [, said = 'an unknown number of'] = /about (\d+) KB/.exec(page) ?? []
  if (!(Math.abs(Number(said) - kilobytes) <= 10)) {
    throw new Error(`docs/openapi.md says that the document has ${said} KB; write: about ${Math.round(kilobytes)} KB`)
  }
}

try {
  const document = { ...openApiDocumentOf(app.routes), servers: [{ url: 'https://api.flowtrack.dev' }] } // the deployment's
  const kilobytes = Buffer.byteLength(JSON.stringify(document)) / 1000
  const operations = Object.values(document.paths ?? {}).flatMap((path) => METHODS.filter((method) => method in path))
  const allowed = operations.length * LIMIT_KB_PER_OPERATION
  if (kilobytes > allowed)
    throw new Error(
      `The document has ${kilobytes} KB; ${allowed.toFixed(1)} KB are allowed. Shorten or remove a description or an example.`,
    )
  writeFileSync(join(folder, 'openapi.json'), JSON.stringify(document, null, 2))
  lint()
  generate()
  compile()
  checkPage(kilobytes)
  console.log(
    `The OpenAPI document: ${Object.keys(document.paths ?? {}).length} paths, ${kilobytes.toFixed(1)} of ${allowed.toFixed(1)} KB.`,
  )
  console.log('Redocly and Spectral report nothing; three generated clients compile.')
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
} finally {
  rmSync(folder, { recursive: true })
}
