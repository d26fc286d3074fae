import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, inject, it } from 'vitest'

const root = join(import.meta.dirname, '../..')

/** The commands of README.md, on a machine so busy that its socket opens after all else was done. */
function quickStart(url: string): string {
  const [, commands] =
    /^## Quick start\n.*?^```sh\n(.*?)^```$/ms.exec(readFileSync(join(root, 'README.md'), 'utf8')) ?? []
  if (!commands?.includes('API=http://127.0.0.1:8787\n')) throw new Error('README.md has no quick start')
  const slow = 'npx() { sleep 5; command npx "$@"; }\n'
  return slow + commands.replace('http://127.0.0.1:8787', url)
}

it('prints the events in the quick start even if its socket opens late', () => {
  const { stdout, stderr } = spawnSync('bash', ['-c', quickStart(inject('devUrl'))], { cwd: root, encoding: 'utf8' })
  expect(stderr).toBe('')
  const messages = stdout.split('\n').flatMap((line) => (line.startsWith('{"type":') ? [JSON.parse(line)] : []))
  const events = messages.flatMap((message) => message.events ?? [message])
  expect(events.map(({ action }) => action)).toEqual(expect.arrayContaining(['task.created', 'task.moved']))
})
