import { execFile } from 'node:child_process'
import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const root = join(import.meta.dirname, '../../../..')
const wrangler = join(root, 'node_modules/wrangler/bin/wrangler.js')

/** Builds the Worker into a folder, as `wrangler deploy` would upload it, beside what the benches add to it. */
export async function bundleWorker(folder: string): Promise<void> {
  const env = { ...process.env, WRANGLER_SEND_METRICS: 'false', WRANGLER_HIDE_BANNER: 'true' }
  await promisify(execFile)(process.execPath, [wrangler, 'deploy', '--dry-run', '--outdir', folder], { cwd: root, env })
  await copyFile(join(import.meta.dirname, 'worker.js'), join(folder, 'worker.js'))
}
