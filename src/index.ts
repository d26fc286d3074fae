import { app } from './app.ts'
import { configOf } from './config/config.ts'
import { openDatabase } from './db/client.ts'
import { runJobs } from './features/jobs/jobs.ts'
import { log } from './lib/log.ts'
import { newMeter } from './lib/meter.ts'
import { backgroundRealtime } from './live/publish.ts'

export { LeaseClock } from './features/claims/lease-clock.ts'
export { WebhookSender } from './features/webhooks/sender.ts'
export { ProjectHub } from './live/project-hub.ts'
export { RegionRelay } from './live/relay/relay.ts'
export { UserHub } from './live/user-hub.ts'

/** Runs the scheduled jobs, at each cron trigger of wrangler.toml. */
async function scheduled(event: ScheduledController, env: Env, execution: ExecutionContext): Promise<void> {
  const config = configOf(env)
  const db = openDatabase(config, newMeter())
  const realtime = backgroundRealtime(env, config, (work) => execution.waitUntil(work))
  await runJobs({ db, config, realtime, log, now: new Date(event.scheduledTime) })
}

export default { fetch: app.fetch, scheduled } satisfies ExportedHandler<Env>
