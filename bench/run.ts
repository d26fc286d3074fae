import { parseArgs } from 'node:util'
import { measure } from './run/measure.ts'
import { OPERATIONS } from './run/operations.ts'
import { openWorld } from './run/world.ts'

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    small: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '4' },
    count: { type: 'string', default: '200' },
    width: { type: 'string' },
  },
})
const world = await openWorld(values.small, console.log)
try {
  for (const operation of OPERATIONS) {
    if (values.only && !values.only.split(';').includes(operation.name)) continue
    for (const width of values.width ? [Number(values.width)] : [1, 16]) {
      const m = await measure(world, operation, width, Number(values.rounds), operation.slow ? 8 : Number(values.count))
      console.log(
        `${m.name.padEnd(16)} ${m.width}  p50 ${m.flowtrack.p50} / ${m.floor.p50}  ratio ${m.ratio} (${m.spread}) p99 ${m.flowtrack.p99} / ${m.floor.p99} rps ${m.flowtrack.per_second} / ${m.floor.per_second} cpu ${m.flowtrack.cpu_ms} / ${m.floor.cpu_ms} neon ${m.neon_requests} redis ${m.redis_requests} ${m.bytes} B ${m.errors.length} errors ${m.errors[0] ?? ''}`,
      )
    }
  }
} finally {
  await world.close()
}
