import { createExecutionContext, createScheduledController, waitOnExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import worker from '../../src/index.ts'

/**
 * The cron trigger, now. Only files in `test/jobs` may call it, as only one of them runs at a time: where a job
 * goes on in its round is kept in the database that all tests share.
 */
export async function runCron(): Promise<void> {
  const execution = createExecutionContext()
  await worker.scheduled(createScheduledController({ scheduledTime: Date.now() }), env as Env, execution)
  await waitOnExecutionContext(execution)
}
