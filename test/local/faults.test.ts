import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { descendantsOf, isAlive } from '../support/local.ts'

const script = join(import.meta.dirname, '../faults/kills.ts')
const runs = new Set<ChildProcess>()

afterEach(() => {
  for (const child of runs) child.kill('SIGKILL')
  runs.clear()
})

/** Starts a fault run that has its own folder for temporary files. */
function startRun() {
  const folder = mkdtempSync(join(tmpdir(), 'flowtrack-test-'))
  const env = { ...process.env, TMPDIR: folder, DATABASE_URL: '', REDIS_URL: '' }
  const child = spawn(process.execPath, [script], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  runs.add(child)
  return { child, folder, pid: child.pid ?? 0 }
}

type Run = ReturnType<typeof startRun>

const MOMENTS: [when: string, wait: (run: Run) => Promise<unknown>][] = [
  ['as it builds the Worker', ({ pid }) => expect.poll(() => descendantsOf(pid), { timeout: 200_000 }).not.toEqual([])],
  ['in the middle', ({ child }) => once(child.stdout, 'data')],
]

it.each(MOMENTS)('a fault run that is told to end %s leaves nothing behind', async (_, wait) => {
  const run = startRun()
  const { child, folder, pid } = run
  const exit = once(child, 'exit')
  const failed = exit.then(([code]) => Promise.reject(new Error(`The run ended with ${code} before it was told to`)))
  await Promise.race([wait(run), failed])
  failed.catch(() => {})
  const children = descendantsOf(pid)
  expect(children).not.toEqual([])
  child.kill('SIGTERM')
  expect(await exit).toEqual([143, null])
  expect(children.filter(isAlive)).toEqual([])
  expect(readdirSync(folder)).toEqual([])
  rmSync(folder, { recursive: true })
})
