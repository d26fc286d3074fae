import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import type { Person } from '../support/people.ts'
import { Attacker } from './attacker.ts'
import { ATTACKS, type Sizes } from './attacks.ts'

/*
 * The attackers, in a thread of their own: what they make of their answers must not delay the teams.
 * They prepare themselves and say 'ready', begin with the next message, end with the one after it, and
 * say what each was answered.
 */

export type Plan = { url: string; sizes: Sizes; attackers: { name: string; people: Person[] }[] }
export type Answers = Record<string, Record<number, number>>

/** From the beginning of an act of a lane to that of the next: more than any limit of one person lets through. */
const BEAT_MS = 80

const port = parentPort as MessagePort // this is a thread
const { url, sizes, attackers } = workerData as Plan

const crowd = attackers.map(({ name, people }, n) => ({
  name,
  attacker: new Attacker(url, `198.51.100.${n + 1}`, people),
}))
const lanes = await Promise.all(crowd.map(({ name, attacker }) => ATTACKS[name]?.(attacker, sizes) ?? []))
for (const { attacker } of crowd) attacker.statuses = {}
port.postMessage('ready')
await once(port, 'message')

let stopping = false
port.once('message', () => {
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
port.postMessage(Object.fromEntries(crowd.map(({ name, attacker }) => [name, attacker.statuses])) satisfies Answers)
