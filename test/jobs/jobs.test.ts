import { describe } from 'vitest'

/*
 * What the cron trigger runs. In one file, so that one test at a time runs jobs: where they go on is kept in the database,
 * and each run goes round all of its projects.
 */

describe('acts', async () => void (await import('./acts.ts')))
describe('claims', async () => void (await import('./claims.ts')))
describe('cleaning', async () => void (await import('./cleaning.ts')))
describe('reminders', async () => void (await import('./reminders.ts')))
describe('webhooks', async () => void (await import('./webhooks.ts')))
