import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { findFreePort } from '../../local/free-port.ts'
import { startStack } from '../../local/stack.ts'
import { startWorker } from '../../local/worker.ts'

const UP_WITHIN_MS = 90_000
/** What is measured must not be stopped by limits. */
const NO_LIMITS = {
  LIMIT_ACCOUNT: '1000000/60',
  LIMIT_ACCOUNT_TOTAL: '1000000/60',
  LIMIT_ADDRESS: '1000000/60',
  LIMIT_USER: '1000000/60',
}

/** A Worker with these settings over embedded databases, as `npm run dev` would run it. */
export async function openWorker(settings: Record<string, string>) {
  const stack = await startStack()
  const folder = mkdtempSync(join(tmpdir(), 'flowtrack-login-'))
  const { NEON_FETCH_ENDPOINT, ...secrets } = stack.vars
  const port = await findFreePort()
  const said: string[] = []
  const worker = startWorker({
    port,
    persistTo: folder,
    secrets: { ...secrets, JWT_SECRET: randomBytes(48).toString('base64url') },
    vars: { NEON_FETCH_ENDPOINT, ...NO_LIMITS, ...settings },
    extraArguments: [],
    onLine: (line) => said.push(line),
  })
  const close = async () => {
    await worker.stop()
    await stack.close()
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
  const url = `http://127.0.0.1:${port}`
  for (const deadline = Date.now() + UP_WITHIN_MS; Date.now() < deadline; await wait(100)) {
    const answer = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(5_000) }).catch(() => undefined)
    if (answer?.ok) return { url, databaseUrl: stack.databaseUrl, close }
  }
  await close()
  throw new Error(`The Worker does not answer:\n${said.join('\n')}`)
}
