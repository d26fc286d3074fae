import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { devNull } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'

export interface WorkerOptions {
  port: number
  /** Where Durable Objects keep their storage. */
  persistTo: string
  /** Values of the names in wrangler.toml's `[secrets]`. Passed in the environment: process lists show arguments. */
  secrets: Record<string, string>
  /** Settings of this run. They override those of [vars] in wrangler.toml. */
  vars: Record<string, string>
  /** Passed to `wrangler dev` without changes. */
  extraArguments: string[]
  /** One line that the Worker, or wrangler about the Worker, has printed. */
  onLine(line: string): void
}

export interface Worker {
  /** Resolves when wrangler has ended, wanted or not. */
  ended: Promise<void>
  stop(): Promise<void>
  /** Ends it as a crash would (SIGKILL): the Worker can close nothing. */
  kill(): Promise<void>
}

const root = join(import.meta.dirname, '..')
const wrangler = join(root, 'node_modules/wrangler/bin/wrangler.js')
const guard = pathToFileURL(join(import.meta.dirname, 'end-with-parent.ts')).href

/** Keeps wrangler from asking questions, sending data about its use, and printing news. */
const QUIET = {
  WRANGLER_SEND_METRICS: 'false',
  WRANGLER_SEND_ERROR_REPORTS: 'false',
  WRANGLER_HIDE_BANNER: 'true',
  WRANGLER_NO_SKILLS_UPDATE_PROMPTS: 'true',
  CLOUDFLARE_CF_FETCH_ENABLED: 'false',
  NO_UPDATE_NOTIFIER: '1',
}

const READY = /\bReady on http/
/** A warning that every run prints, and that is not shown: this Worker's crons are for production only. */
const CRON_WARNING = { first: /Scheduled Workers are not automatically triggered/, last: /For more details/ }

function wranglerArgumentsOf({ port, persistTo, vars, extraArguments }: WorkerOptions): string[] {
  const settings = Object.entries(vars).flatMap(([name, value]) => ['--var', `${name}:${value}`])
  return [
    ...['dev', '--cwd', root, '--ip', '127.0.0.1', '--port', String(port), '--inspector-port', '0'],
    ...['--persist-to', persistTo, '--show-interactive-dev-session=false', '--log-level', 'log'],
    // Without this, a .dev.vars file, perhaps with production's database, would override the stack's settings.
    ...['--env-file', devNull],
    ...settings,
    ...extraArguments,
  ]
}

function forwardOutput(child: ChildProcess, onLine: (line: string) => void): void {
  let ready = false
  let inWarning = false
  if (child.stdout)
    createInterface({ input: child.stdout }).on('line', (line) => {
      // Until it listens, wrangler prints the configuration.
      if (ready) onLine(line)
      ready ||= READY.test(line)
    })
  if (child.stderr)
    createInterface({ input: child.stderr }).on('line', (line) => {
      inWarning ||= CRON_WARNING.first.test(line)
      if (!inWarning && line.trim()) onLine(line)
      if (CRON_WARNING.last.test(line)) inWarning = false
    })
}

/** Signals wrangler and all that it started: they are one process group. */
function signalGroup(child: ChildProcess, name: NodeJS.Signals): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, name)
  } catch {
    // The group has ended already.
  }
}

/** Runs the Worker with `wrangler dev` on loopback: no prompt, no telemetry, no network. */
export function startWorker(options: WorkerOptions): Worker {
  const child = spawn(process.execPath, ['--import', guard, wrangler, ...wranglerArgumentsOf(options)], {
    cwd: root,
    env: { ...process.env, ...QUIET, ...options.secrets },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // Its own process group: Ctrl-C reaches only this process, which then ends the group (`stop`).
    detached: true,
  })
  forwardOutput(child, options.onLine)
  const ended = once(child, 'exit').then(
    () => signalGroup(child, 'SIGKILL'),
    () => undefined,
  )
  const stop = async () => {
    signalGroup(child, 'SIGTERM')
    const killing = setTimeout(() => signalGroup(child, 'SIGKILL'), 5_000)
    await ended
    clearTimeout(killing)
  }
  const kill = () => {
    signalGroup(child, 'SIGKILL')
    return ended
  }
  return { ended, stop, kill }
}
