import { once } from 'node:events'
import { setPriority } from 'node:os'
import { setTimeout as wait } from 'node:timers/promises'
import { runInDeployment } from '../support/deployment.ts'
import type { Person } from '../support/people.ts'
import { Attacker } from './attacker.ts'
import { ATTACKS, type Sizes } from './attacks.ts'

/*
 * The attackers, in a process of their own. They receive a plan, prepare themselves and send 'ready', begin at the next
 * message, end at the one after it, and send how often each was answered with which status.
 *
 * Their requests go through a Worker and bridges of their own: tenants of a deployment share Postgres, Redis and the
 * objects of a project, but not the processor of one isolate. So these processes have a lower priority than the teams'.
 */

export type Plan = { settings: Record<string, string>; sizes: Sizes; attackers: { name: string; people: Person[] }[] }
export type Answers = Record<string, Record<number, number>>

const LOWEST_PRIORITY = 19

/** The time between the starts of two operations of a lane, in ms: more than the limits of one person allow. */
const BEAT_MS = 80

const nextMessage = async (): Promise<unknown> => (await once(process, 'message'))[0]

async function attack(url: string, { sizes, attackers }: Plan): Promise<Answers> {
  const crowd = attackers.map(({ name, people }, n) => ({
    name,
    attacker: new Attacker(url, `198.51.100.${n + 1}`, people),
  }))
  const lanes = await Promise.all(crowd.map(({ name, attacker }) => ATTACKS[name]?.(attacker, sizes) ?? []))
  for (const { attacker } of crowd) attacker.statuses = {}
  process.send?.('ready')
  await nextMessage()
  let stopping = false
  nextMessage().then(() => {
    stopping = true
  })
  const run = async (operation: () => Promise<unknown>) => {
    while (!stopping) {
      const began = Date.now()
      await operation().catch(() => undefined) // an attack may fail: only the teams are measured
      await wait(Math.max(0, BEAT_MS - (Date.now() - began)))
    }
  }
  await Promise.all(lanes.flat().map(run))
  return Object.fromEntries(crowd.map(({ name, attacker }) => [name, attacker.statuses]))
}

setPriority(LOWEST_PRIORITY) // its Worker inherits that
process.on('disconnect', () => process.exit(1)) // the run was ended
const plan = (await nextMessage()) as Plan
await runInDeployment({ regions: ['enam'], settings: plan.settings }, async ({ sites: [site] }) => {
  const answers = await attack(site.url, plan)
  process.send?.(answers)
  return true
})
