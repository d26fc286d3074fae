import { execFile } from 'node:child_process'
import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const root = join(import.meta.dirname, '../../../..')
const wrangler = join(root, 'node_modules/wrangler/bin/wrangler.js')

/** Builds the Worker into a folder, as `wrangler deploy` would upload it, beside what fault runs and
 * benches add to it. Rejects when it is stopped by the signal. */
export async function bundleWorker(folder: string, signal?: AbortSignal): Promise<void> {
  const env = { ...process.env, WRANGLER_SEND_METRICS: 'false', WRANGLER_HIDE_BANNER: 'true' }
  const build = promisify(execFile)(process.execPath, [wrangler, 'deploy', '--dry-run', '--outdir', folder], {
    cwd: root,
    env,
  })
  const stop = () => build.child.kill() // the build is still awaited, as it writes into the folder until its end
  signal?.addEventListener('abort', stop)
  await build.finally(() => signal?.removeEventListener('abort', stop))
  await copyFile(join(import.meta.dirname, 'worker.js'), join(folder, 'worker.js'))
}
