import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { unstable_readConfig as readConfig } from 'wrangler'
import { findFreePort } from '../../local/free-port.ts'
import { bundleWorker } from '../../test/faults/support/region/bundle.ts'

const root = join(import.meta.dirname, '../..')
const workerd = join(root, 'node_modules/workerd/bin/workerd')

/** A Worker in a workerd of its own, without the proxies that `wrangler dev` puts in front. */
export type Runtime = { url: string; pid: number; close(): Promise<void> }

const settings = readConfig({ config: join(root, 'wrangler.toml') }, { hideWarnings: true })

/** What `wrangler deploy` would upload: bundled and minified. */
export async function bundle(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'flowtrack-bench-'))
  try {
    await bundleWorker(folder)
    return readFileSync(join(folder, 'index.js'), 'utf8')
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** A configuration of workerd: https://github.com/cloudflare/workerd/blob/main/src/workerd/server/workerd.capnp */
function configOf(port: number, vars: Record<string, string>, objects: { name: string; class_name: string }[]): string {
  const bindings = [
    ...Object.entries(vars).map(([name, value]) => `(name = ${JSON.stringify(name)}, text = ${JSON.stringify(value)})`),
    ...objects.map(({ name, class_name }) => `(name = "${name}", durableObjectNamespace = "${class_name}")`),
  ]
  const namespaces = objects.map(({ class_name: c }) => `(className = "${c}", uniqueKey = "${c}", enableSql = true)`)
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .worker),
    (name = "internet", network = (allow = ["private", "public"])),
    (name = "disk", disk = (path = "storage", writable = true)),
  ],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
);
const worker :Workerd.Worker = (
  modules = [(name = "index.js", esModule = embed "index.js")],
  compatibilityDate = "${settings.compatibility_date}",
  compatibilityFlags = ${JSON.stringify(settings.compatibility_flags)},
  bindings = [${bindings.join(', ')}],
  durableObjectNamespaces = [${namespaces.join(', ')}],
  durableObjectStorage = (localDisk = "disk"),
);`
}

async function waitUntilUp(url: string, child: ChildProcess): Promise<void> {
  for (let tries = 0; child.exitCode === null && tries < 600; tries++) {
    const up = await fetch(url, { method: 'HEAD' }).then(
      () => true,
      () => false,
    )
    if (up) return
    await wait(50)
  }
  throw new Error('workerd does not answer: run this again with BENCH_LOG=1 to see what it prints')
}

async function start(script: string, vars: Record<string, string>, objects: Parameters<typeof configOf>[2]) {
  const folder = mkdtempSync(join(tmpdir(), 'flowtrack-workerd-'))
  mkdirSync(join(folder, 'storage'))
  const port = await findFreePort()
  writeFileSync(join(folder, 'index.js'), script)
  writeFileSync(join(folder, 'config.capnp'), configOf(port, vars, objects), { mode: 0o600 })
  const output = process.env.BENCH_LOG ? 'inherit' : 'ignore'
  const args = ['serve', 'config.capnp']
  const child: ChildProcess = spawn(workerd, args, { cwd: folder, stdio: ['ignore', output, output] })
  const url = `http://127.0.0.1:${port}`
  const ended = once(child, 'exit')
  const close = async () => {
    child.kill('SIGKILL')
    await ended
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    await waitUntilUp(url, child)
    return { url, pid: child.pid ?? 0, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** Starts FlowTrack as it is deployed, with the objects of wrangler.toml and these settings. */
export const startFlowtrack = (script: string, vars: Record<string, string>): Promise<Runtime> =>
  start(script, { ...(settings.vars as Record<string, string>), ...vars }, settings.durable_objects.bindings)

/** Starts the bare Worker. */
export const startBare = (): Promise<Runtime> =>
  start(stripTypeScriptTypes(readFileSync(join(import.meta.dirname, 'bare.ts'), 'utf8')), {}, [])
