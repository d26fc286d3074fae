import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const script = join(import.meta.dirname, '../../local/demo.ts')

it.each([
  ['a seed that is not a number', ['--seed', 'abc'], '--seed abc is not a number'],
  ['a seed that looks like an option', ['--seed', '-1'], "Option '--seed' argument is ambiguous"],
  ['an unknown option', ['--bogus'], "Unknown option '--bogus'"],
  ['two addresses', ['http://127.0.0.1:1', 'http://127.0.0.1:2'], 'http://127.0.0.1:2 is one argument too many'],
  ['an address that does not answer', ['http://127.0.0.1:1', '--seed', '7'], 'http://127.0.0.1:1 does not answer'],
])('npm run demo says in one line what is wrong with %s', (_, args, complaint) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], { encoding: 'utf8' })
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' })
  expect(stderr).toMatch(/^npm run demo: [^\n]+\n$/)
  expect(stderr).toContain(complaint)
})
