import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { V4MiniflareOptions } from 'miniflare'
import { unstable_readConfig } from 'wrangler'

/** Evicts a hub (its sockets stay open) or a webhook sender from memory, crashes a relay (by name), or runs jobs. */
export type Command = { evict?: string; evict_sender?: string; kill?: string; cron?: true }

export interface RegionOptions {
  port: number
  /** The folder of the objects' storage, which a region finds again after a kill. */
  folder: string
  /** The folder of the Worker's scripts, from `bundleWorker`. */
  worker: string
  bindings: Record<string, string>
}

const config = join(import.meta.dirname, '../../../../wrangler.toml')
const assets = join(import.meta.dirname, '../../../../public')

/** What worker.js adds to the Worker's objects. */
const BARE_HUB = { name: 'BARE_HUB', class_name: 'BareHub' }

/** wrangler.toml's settings, as far as they matter to a region. */
function workerOptions({ port, folder, worker, bindings }: RegionOptions): V4MiniflareOptions {
  const { compatibility_date, compatibility_flags, durable_objects, vars } = unstable_readConfig({ config })
  const objects: { name: string; class_name: string }[] = [...durable_objects.bindings, BARE_HUB]
  const classes = objects.map(({ name, class_name }) => [name, { className: class_name, useSQLite: true }])
  return {
    name: 'flowtrack',
    modulesRoot: worker,
    modules: ['worker.js', 'index.js'].map((name) => ({ type: 'ESModule', path: join(worker, name) })),
    compatibilityDate: compatibility_date,
    compatibilityFlags: compatibility_flags,
    durableObjects: Object.fromEntries(classes),
    bindings: { ...(vars as Record<string, string>), ...bindings },
    host: '127.0.0.1',
    port,
    assets: {
      directory: assets,
      binding: 'ASSETS',
      routerConfig: { invoke_user_worker_ahead_of_assets: true, has_user_worker: true },
    },
    resourcePersistencePath: folder,
  }
}

/** A running region: workerd and the process that looks after it. */
export class Region {
  readonly #child: ChildProcess

  private constructor(child: ChildProcess) {
    this.#child = child
  }

  /** Resolves when the region answers; rejects if it ends before that. */
  static async start(options: RegionOptions): Promise<Region> {
    mkdirSync(options.folder, { recursive: true })
    const stderrFile = join(options.folder, 'stderr')
    const stderr = openSync(stderrFile, 'w')
    const shown = process.env.REGION_LOG ? 'inherit' : undefined // what the Worker logs
    // Its own group, so that whatever it starts ends with it.
    const child = fork(join(import.meta.dirname, 'main.ts'), {
      detached: true,
      env: { ...process.env, TMPDIR: options.folder }, // a killed process deletes no temporary files
      stdio: ['ignore', shown ?? 'ignore', shown ?? stderr, 'ipc'],
    })
    closeSync(stderr)
    const ended = once(child, 'exit').then(() => {
      throw new Error(`The region ended before it was ready. ${shown ? '' : readFileSync(stderrFile, 'utf8')}`)
    })
    child.send(workerOptions(options))
    await Promise.race([once(child, 'message'), ended])
    ended.catch(() => undefined)
    return new Region(child)
  }

  /** Ends it as a crash would (SIGKILL), with its objects and their sockets. */
  async kill(): Promise<void> {
    const ended = once(this.#child, 'exit')
    if (this.#child.pid !== undefined) process.kill(-this.#child.pid, 'SIGKILL')
    await ended
  }

  /** Runs a command in the region. Returns false when it failed: the object was not in memory, or the jobs failed. */
  async order(command: Command): Promise<boolean> {
    this.#child.send(command)
    const [word] = await once(this.#child, 'message')
    return word === 'done'
  }
}
