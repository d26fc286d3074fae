import type { TestProject } from 'vitest/node'
import { startDev } from '../support/dev.ts'
import { type Account, newAccount } from './scene.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Where `npm run dev` serves the board. */
    site: string
    /** The first account, who is an administrator. */
    administrator: Account
  }
}

const SETTINGS = {
  // Limits and passwords must neither stop nor slow down stories that are about something else.
  LIMIT_ADDRESS: '10000/60',
  LIMIT_USER: '100000/60',
  SCRYPT_LOG2_N: '10',
  LOGIN_REFUSAL_MS: '0',
  // Receivers of webhooks run on this machine.
  WEBHOOKS_TO_LOOPBACK: 'true',
}

export default async function setup(project: TestProject) {
  const dev = await startDev(SETTINGS)
  project.provide('site', dev.url)
  project.provide('administrator', await newAccount(dev.url, 'Margaret Hamilton'))
  return async () => {
    const { code, complaints } = await dev.stop()
    if (code !== 0 || complaints) throw new Error(`npm run dev ended with ${code}. ${complaints}`)
  }
}
