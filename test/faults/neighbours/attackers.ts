import { once } from 'node:events'
import { setPriority } from 'node:os'
import { setTimeout as wait } from 'node:timers/promises'
import type { Person } from '../support/people.ts'
import { runInWorld } from '../support/world.ts'
import { Attacker } from './attacker.ts'
import { ATTACKS, type Sizes } from './attacks.ts'

/*
 * The attackers, in a process of their own. They get a plan, prepare themselves and say 'ready', begin with the next
 * message, end with the one after it, and say what each was answered.
 *
 * Their requests go through a Worker and bridges of their own: tenants of a deployment share Postgres, Redis and the
 * objects of a project, but not the processor of one isolate. So on this machine all of it yields to the teams'.
 */

export type Plan = { settings: Record<string, string>; sizes: Sizes; attackers: { name: string; people: Person[] }[] }
export type Answers = Record<string, Record<number, number>>

const LOWEST_PRIORITY = 19

/** From the beginning of an act of a lane to that of the next: more than any limit of one person lets through. */
const BEAT_MS = 80

const next = async (): Promise<unknown> => (await once(process, 'message'))[0]

async function attack(url: string, { sizes, attackers }: Plan): Promise<Answers> {
  const crowd = attackers.map(({ name, people }, n) => ({
    name,
    attacker: new Attacker(url, `198.51.100.${n + 1}`, people),
  }))
  const lanes = await Promise.all(crowd.map(({ name, attacker }) => ATTACKS[name]?.(attacker, sizes) ?? []))
  for (const { attacker } of crowd) attacker.statuses = {}
  process.send?.('ready')
  await next()
  let stopping = false
  next().then(() => {
    stopping = true
  })
  const run = async (act: () => Promise<unknown>) => {
    while (!stopping) {
      const began = Date.now()
      await act().catch(() => undefined) // whatever becomes of an attack: the teams are looked at
      await wait(Math.max(0, BEAT_MS - (Date.now() - began)))
    }
  }
  await Promise.all(lanes.flat().map(run))
  return Object.fromEntries(crowd.map(({ name, attacker }) => [name, attacker.statuses]))
}

setPriority(LOWEST_PRIORITY) // its Worker inherits that
process.on('disconnect', () => process.exit(1)) // the run was ended
const plan = (await next()) as Plan
await runInWorld({ regions: ['enam'], settings: plan.settings }, async ({ sites: [site] }) => {
  const answers = await attack(site.url, plan)
  process.send?.(answers)
  return true
})
