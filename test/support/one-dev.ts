import type { TestProject } from 'vitest/node'
import { startDev } from './dev.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The address of the `npm run dev` that all files of test/dev share. */
    devUrl: string
  }
}

/** Limits and passwords that must neither stop nor slow down tests that are about something else. */
const SETTINGS = {
  SCRYPT_LOG2_N: '10',
  LIMIT_ADDRESS: '1000000/60',
  LIMIT_USER: '1000000/60',
  WEBHOOKS_TO_LOOPBACK: 'true',
  WEBHOOK_RETRY_MS: '100',
}

/**
 * Starts one `npm run dev` for all files, as it takes seconds to start. It must end with exit code 0 and an empty
 * stderr.
 */
export default async function setup(project: TestProject) {
  const dev = await startDev(SETTINGS)
  const first = { email: 'first@example.com', name: 'First', password: 'correct horse battery' } // the administrator
  const { status } = await fetch(`${dev.url}/auth/register`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(first),
  })
  if (status !== 201) throw new Error(`npm run dev answered ${status} to its first account`)
  project.provide('devUrl', dev.url)
  return async () => {
    const { code, complaints } = await dev.stop()
    if (code !== 0 || complaints) throw new Error(`npm run dev ended with ${code}. ${complaints}`)
  }
}
