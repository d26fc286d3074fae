import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { app } from '../src/app.ts'
import { documentOf } from '../src/http/openapi.ts'

/* `npm run check:openapi`: lints the document that /openapi.json serves. */

const root = join(import.meta.dirname, '..')
const folder = mkdtempSync(join(tmpdir(), 'flowtrack-openapi-'))

try {
  const file = join(folder, 'openapi.json')
  const document = { ...documentOf(app.routes), servers: [{ url: 'https://api.flowtrack.dev' }] } // the deployment's
  writeFileSync(file, JSON.stringify(document, null, 2))
  const redocly = join(root, 'node_modules/@redocly/cli/bin/cli.js')
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [redocly, 'lint', file, '--config', join(import.meta.dirname, 'redocly.yaml')],
    { encoding: 'utf8', env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' } },
  )
  if (status !== 0) throw new Error(`${stdout}${stderr}`)
  console.log(`The OpenAPI document is valid: ${Object.keys(document.paths ?? {}).length} paths.`)
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
} finally {
  rmSync(folder, { recursive: true })
}
