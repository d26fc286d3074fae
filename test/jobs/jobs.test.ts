import { describe } from 'vitest'

/*
 * The jobs that the cron trigger runs. All in one file, so that only one test at a time runs jobs: each run visits all
 * projects of the database, and goes on at a place that is stored there.
 */

describe('acts', async () => void (await import('./acts.ts')))
describe('claims', async () => void (await import('./claims.ts')))
describe('cleaning', async () => void (await import('./cleaning.ts')))
describe('reminders', async () => void (await import('./reminders.ts')))
describe('webhooks', async () => void (await import('./webhooks.ts')))
