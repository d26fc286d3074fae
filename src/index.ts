import { app } from './app.ts'
import { openDatabase } from './db/client.ts'
import { configOf } from './env.ts'
import { newMeter } from './http/timing.ts'
import { runJobs } from './jobs/jobs.ts'
import { log } from './log.ts'
import { realtimeFor } from './realtime/publish.ts'
import { placeOf } from './realtime/region.ts'

export { ProjectHub } from './realtime/hub.ts'
export { RegionRelay } from './realtime/relay/relay.ts'
export { UserHub } from './realtime/user-hub.ts'

/** The cron trigger of wrangler.toml. */
async function scheduled(event: ScheduledController, env: Env, execution: ExecutionContext): Promise<void> {
  const config = configOf(env)
  const db = openDatabase(config, newMeter())
  const realtime = realtimeFor({
    env,
    config,
    log,
    place: () => placeOf(config),
    waitUntil: (work) => execution.waitUntil(work),
  })
  await runJobs({ db, config, realtime, log, now: new Date(event.scheduledTime) })
}

export default { fetch: app.fetch, scheduled } satisfies ExportedHandler<Env>
