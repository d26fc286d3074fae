import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

/*
 * `npm run check:bundle`: what `wrangler deploy` would upload, and whether it is small enough to
 * start fast everywhere. Source maps stay out of the sum: the edge never runs them.
 */

/** Importers take 45 KB of it, the MCP library 85: they are evaluated when they are first used, not at a start. */
const LIMIT_KB = 400
const root = join(import.meta.dirname, '..')
const outdir = mkdtempSync(join(tmpdir(), 'flowtrack-bundle-'))

try {
  const wrangler = join(root, 'node_modules/wrangler/bin/wrangler.js')
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [wrangler, 'deploy', '--dry-run', '--outdir', outdir],
    {
      cwd: root,
      encoding: 'utf8',
      env: { ...process.env, WRANGLER_SEND_METRICS: 'false', WRANGLER_HIDE_BANNER: 'true' },
    },
  )
  if (status !== 0) throw new Error(`wrangler deploy --dry-run failed:\n${stdout}${stderr}`)
  const parts = readdirSync(outdir).filter((name) => /\.(m?js|wasm)$/.test(name))
  if (parts.length === 0) throw new Error('wrangler deploy --dry-run wrote no script.')
  const bytes = parts.reduce((sum, name) => sum + gzipSync(readFileSync(join(outdir, name))).length, 0)
  const size = `The Worker is ${(bytes / 1024).toFixed(1)} KB gzipped; ${LIMIT_KB} KB are allowed.`
  if (bytes > LIMIT_KB * 1024) throw new Error(size)
  console.log(size)
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
} finally {
  rmSync(outdir, { recursive: true })
}
