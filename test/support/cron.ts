import { createExecutionContext, createScheduledController, waitOnExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import worker from '../../src/index.ts'

/** Runs the scheduled jobs now. Only `test/jobs` may call it, since a run visits all projects of the database. */
export async function runCron(): Promise<void> {
  const execution = createExecutionContext()
  await worker.scheduled(createScheduledController({ scheduledTime: Date.now() }), env as Env, execution)
  await waitOnExecutionContext(execution)
}
