import { parseOptions } from '../local/parse-options.ts'
import { runInDeployment } from '../test/faults/support/deployment.ts'
import { measureFanOuts } from './live/fan-out.ts'
import { measureReplays } from './live/replay.ts'

/*
 * `npm run bench:live`: how long a replay takes, and how long an event takes from its commit to the last
 * of a board's sockets. Exits with 1 when a replay was not complete and in order. `--short` does less.
 */

const { values } = parseOptions({ options: { short: { type: 'boolean', default: false } } })

await runInDeployment({ regions: ['weur'] }, async (deployment) => {
  const good = await measureReplays(deployment, values.short ? 3 : 10)
  await measureFanOuts(deployment, values.short ? 30 : 200)
  return good
})
