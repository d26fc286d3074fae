import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startDev } from '../test/support/dev.ts'

/*
 * `npm run check:client`: tests the client as its users get it. The package is packed and installed in an empty folder,
 * and the examples of its README compile strictly and run in Node against `npm run dev`.
 */

const root = join(import.meta.dirname, '..')
const folder = mkdtempSync(join(tmpdir(), 'flowtrack-package-'))
const README_URL = 'http://127.0.0.1:8787'

/** The environment without the variables by which `npm run` tells npm about this repository. */
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('npm_')))

function run(cwd: string, program: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd, env, encoding: 'utf8', timeout: 600_000 })
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} failed:\n${stdout}${stderr}`)
  return stdout
}

/** Builds and packs the client, and installs it as its users do. */
function install(): void {
  const packed = join(folder, 'packed')
  mkdirSync(packed)
  run(root, 'npm', 'run', '-s', 'build:client')
  run(join(root, 'client'), 'npm', 'pack', '--silent', '--pack-destination', packed)
  const [tarball] = run(packed, 'ls').trim().split('\n')
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }))
  run(
    folder,
    'npm',
    'install',
    '--loglevel=error',
    '--prefer-offline',
    '--no-audit',
    '--no-fund',
    '--fetch-timeout=30000', // npm then tries again
    `./packed/${tarball}`,
  )
}

const STRICTEST = {
  target: 'ES2023',
  lib: ['ES2023', 'DOM', 'DOM.Iterable'],
  types: [],
  module: 'NodeNext',
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  rootDir: '.',
  outDir: 'out',
}

/** Writes each example of the README as a program, with only the address replaced. Returns the files to run. */
function writeExamples(url: string): string[] {
  const text = readFileSync(join(root, 'client/README.md'), 'utf8')
  const examples = [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, example = '']) => example)
  if (examples.length === 0) throw new Error('client/README.md has no example')
  for (const [i, example] of examples.entries()) {
    if (!example.includes(README_URL))
      throw new Error(`Example ${i + 1} of client/README.md does not name ${README_URL}`)
    writeFileSync(join(folder, `example-${i + 1}.ts`), example.replaceAll(README_URL, url))
  }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: STRICTEST, include: ['*.ts'] }))
  return examples.map((_, i) => `out/example-${i + 1}.js`)
}

const dev = await startDev()
try {
  install()
  const examples = writeExamples(dev.url)
  run(folder, process.execPath, join(root, 'node_modules/typescript/bin/tsc'), '-p', '.')
  const said = examples.map((example) => run(folder, process.execPath, example))
  for (const [i, out] of said.entries())
    if (out === '') throw new Error(`Example ${i + 1} of client/README.md prints nothing`)
  console.log(`The client: packed, installed, and ${said.length} examples compile strictly and run.`)
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
} finally {
  await dev.stop()
  rmSync(folder, { recursive: true, force: true })
}
