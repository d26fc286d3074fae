import { setTimeout as wait } from 'node:timers/promises'
import { Webhook } from 'standardwebhooks'
import { type Dice, seededDice } from '../../local/faults.ts'
import { parseOptions } from '../../local/parse-options.ts'
import { type Manner, type Received, type Receiver, startReceiver } from '../support/receiver.ts'
import { api } from './support/api.ts'
import { type Deployment, runInDeployment } from './support/deployment.ts'
import { printFindings, secondsSince } from './support/findings.ts'
import { newPerson, newProject } from './support/people.ts'
import type { Site } from './support/site.ts'

/*
 * `npm run webhooks`: 5,000 events of a project go to three webhooks, from two regions that both send (in production a
 * webhook has one object). Receivers are down half of the time: they hang, reset the connection after the whole
 * request, answer 500, 503 or 302, or without an end. Objects lose their memory, regions are killed, one secret is
 * replaced. In the end each receiver must have each event, first deliveries in order; the receivers' library must
 * verify each message; and each event must have one id, its own. Then a backlog of 10,000 events must be sent at 200 a
 * second or more (the short run only prints the rate). Exits with 1 otherwise.
 *
 * --events N   5,000 if left out, 400 with --short     --backlog N   10,000, or 1,000     --seed N
 */

const { values } = parseOptions({
  options: {
    events: { type: 'string' },
    backlog: { type: 'string' },
    short: { type: 'boolean', default: false },
    seed: { type: 'string' },
  },
})
const EVENTS = Number(values.events ?? (values.short ? 400 : 5_000))
const BACKLOG = Number(values.backlog ?? (values.short ? 1_000 : 10_000))
const SEED = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31))
const HOOKS = 3
/** The short run only prints the rate: a slow machine is no fault. */
const LEAST_A_SECOND = values.short ? 0 : 200
const TIMEOUT_MS = 240_000
const SETTINGS = { WEBHOOKS_TO_LOOPBACK: 'true', WEBHOOK_RETRY_MS: '40', WEBHOOK_TIMEOUT_MS: '300' }
const FAULTS: Manner[] = ['hang', 'reset', 500, 503, 'redirect', 'endless']

type Hook = { id: string; seq: number; secrets: string[]; name: string }
type Scene = {
  deployment: Deployment
  receiver: Receiver
  dice: Dice
  token: string
  project_id: string
  hooks: Hook[]
}
type Tally = { kills: number; evictions: number; rotations: number; faults: Record<string, number> }

/** Sends a request to the regions in turn until one answers: some are being killed. Throws when it is refused. */
async function ask<T>(scene: Scene, method: string, path: string, body?: object): Promise<T> {
  for (let n = 0; ; n += 1) {
    const site = scene.deployment.sites[n % scene.deployment.sites.length] as Site
    const answer = await api<T>(site, method, path, scene.token, body).catch(() => undefined)
    if (answer && answer.status < 300) return answer.body
    if (answer && answer.status < 500) throw new Error(`${method} ${path} was answered with ${answer.status}`)
    await wait(50)
  }
}

async function newScene(deployment: Deployment, receiver: Receiver, dice: Dice): Promise<Scene> {
  const owner = await newPerson(deployment.sites[0], 'Owner')
  const project_id = await newProject(deployment.sites[0], owner, 'Outbox')
  const scene: Scene = { deployment, receiver, dice, token: owner.token, project_id, hooks: [] }
  for (let n = 0; n < HOOKS; n += 1) scene.hooks.push(await newHook(scene, `box-${n}`))
  return scene
}

async function newHook(scene: Scene, name: string): Promise<Hook> {
  const url = `${scene.receiver.url}/${name}`
  type Made = { id: string; seq: number; secret: string }
  const { id, seq, secret } = await ask<Made>(scene, 'POST', `/projects/${scene.project_id}/webhooks`, { url })
  return { id, seq, secrets: [secret], name }
}

/** Makes the receivers fail half of the time, each message with another fault. */
function misbehave({ receiver, dice, hooks }: Scene, tally: Tally): void {
  let answers = 0
  for (const { name } of hooks) {
    let [down, until] = [false, 0]
    receiver.box(name).manner = () => {
      if (Date.now() > until) {
        down = !down
        until = Date.now() + 100 + 400 * dice()
      }
      if (!down) return 204
      const fault = FAULTS[answers++ % FAULTS.length] ?? 500 // in turn, so that even few messages meet all faults
      tally.faults[`answers_${fault}`] = (tally.faults[`answers_${fault}`] ?? 0) + 1
      return fault
    }
  }
}

const headOf = async ({ deployment, project_id }: Scene): Promise<number> =>
  (await deployment.sql.query('select event_seq::int as head from projects where id = $1', [project_id])).rows[0].head

/** Makes events until the project's journal has `count` more. */
async function makeEvents(scene: Scene, count: number, at_once = 20): Promise<void> {
  const { project_id } = scene
  const goal = (await headOf(scene)) + count
  for (let head = 0; head < goal; head = await headOf(scene)) {
    const batch = Math.min(at_once, goal - head)
    const operations = Array.from({ length: batch }, (_, n) => ({ op: 'create', title: `Card ${head + n}` }))
    await ask(scene, 'POST', '/tasks/bulk', { project_id, operations })
  }
}

/** Kills regions and evicts objects until `done`, and each at least once, as a fast machine is done within seconds. */
async function makeTrouble({ deployment, dice, hooks }: Scene, tally: Tally, done: () => boolean): Promise<void> {
  while (!done() || tally.kills === 0 || tally.evictions === 0) {
    await wait(300 + 700 * dice())
    const site = deployment.sites[Math.floor(dice() * deployment.sites.length)] as Site
    if (tally.kills === 0 || (tally.evictions > 0 && dice() < 0.3)) {
      await site.kill()
      tally.kills += 1
      await wait(300 * dice())
      await site.start()
    } else {
      const hook = hooks[Math.floor(dice() * hooks.length)] as Hook
      if (await site.order({ evict_sender: hook.id })) tally.evictions += 1
    }
  }
}

/** Waits until all webhooks have sent all; returns false after TIMEOUT_MS. Jobs wake those whose alarm is lost. */
async function waitUntilSent(scene: Scene): Promise<boolean> {
  const { deployment, hooks } = scene
  const until = Date.now() + TIMEOUT_MS
  for (let n = 0; Date.now() < until; n += 1) {
    if (n % 20 === 10) await deployment.sites[0].order({ cron: true })
    const { rows } = await deployment.sql.query(
      `select 1 from webhook_states s join webhooks w on w.id = s.webhook_id join projects p on p.id = w.project_id
       where s.webhook_id = any($1) and s.delivered_seq < p.event_seq`,
      [hooks.map(({ id }) => id)],
    )
    if (rows.length === 0) return true
    await wait(100)
  }
  return false
}

/** Whether the library that receivers use verifies the message, by one of the secrets. */
function isGenuine({ body, headers }: Received, secrets: string[]): boolean {
  return secrets.some((secret) => {
    try {
      new Webhook(secret).verify(body, headers)
      return true
    } catch {
      return false
    }
  })
}

/** What is wrong with what one receiver has received, in words. */
function judge({ receiver }: Scene, { name, seq: since, secrets }: Hook, head: number): string[] {
  const { received } = receiver.box(name)
  const [bySeq, byId] = [new Map<number, string>(), new Map<string, string>()]
  const [acknowledged, violations] = [new Set<number>(), [] as string[]]
  for (const message of received) {
    const { seq } = JSON.parse(message.body) as { seq: number }
    const id = message.headers['webhook-id'] ?? ''
    if (!isGenuine(message, secrets)) violations.push(`${name}: the signature of ${seq} is wrong`)
    const first = !bySeq.has(seq)
    if (first && seq !== since + bySeq.size + 1) violations.push(`${name}: ${seq} came before an earlier one`)
    if (first && byId.has(id)) violations.push(`${name}: ${seq} has the id of another event`)
    if (!first && bySeq.get(seq) !== id) violations.push(`${name}: ${seq} has two ids`)
    if (!first && byId.get(id) !== message.body) violations.push(`${name}: ${seq} came with two contents`)
    bySeq.set(seq, id)
    byId.set(id, message.body)
    if (message.answered === 204) acknowledged.add(seq)
  }
  if (bySeq.size !== head - since) violations.push(`${name}: ${bySeq.size} of ${head - since} events have come`)
  if (acknowledged.size !== head - since) violations.push(`${name}: ${acknowledged.size} events were acknowledged`)
  return violations
}

async function rotate(scene: Scene, hook: Hook, tally: Tally): Promise<void> {
  const { secret } = await ask<{ secret: string }>(scene, 'POST', `/webhooks/${hook.id}/rotate-secret`)
  hook.secrets.push(secret)
  tally.rotations += 1
}

/** Sends a backlog by one webhook to a receiver that answers at once. Returns the events per second. */
async function drain(scene: Scene): Promise<number> {
  const hook = await newHook(scene, 'backlog')
  for (const { id } of scene.hooks) await ask(scene, 'DELETE', `/webhooks/${id}`)
  await ask(scene, 'PATCH', `/webhooks/${hook.id}`, { status: 'paused' })
  await makeEvents(scene, BACKLOG, 100)
  scene.hooks = [hook]
  const head = await headOf(scene)
  const began = performance.now()
  await ask(scene, 'PATCH', `/webhooks/${hook.id}`, { status: 'active' })
  const box = scene.receiver.box(hook.name)
  while (box.received.length < head - hook.seq && performance.now() - began < TIMEOUT_MS) await wait(20)
  return (1_000 * box.received.length) / (performance.now() - began)
}

await runInDeployment({ settings: SETTINGS }, async (deployment) => {
  console.log(`npm run webhooks -- --seed ${SEED} --events ${EVENTS} --backlog ${BACKLOG}`)
  const receiver = await startReceiver()
  const scene = await newScene(deployment, receiver, seededDice(SEED))
  const tally: Tally = { kills: 0, evictions: 0, rotations: 0, faults: {} }
  misbehave(scene, tally)
  let done = false
  const troubled = makeTrouble(scene, tally, () => done)
  await makeEvents(scene, Math.ceil(EVENTS / 2))
  await rotate(scene, scene.hooks[0] as Hook, tally)
  await makeEvents(scene, Math.floor(EVENTS / 2))
  const half = Date.now() + TIMEOUT_MS / 4
  while (Date.now() < half && scene.hooks.some(({ name }) => receiver.box(name).received.length < EVENTS))
    await wait(100)
  done = true
  await troubled
  for (const { name } of scene.hooks) receiver.box(name).manner = 204
  const sent = await waitUntilSent(scene)
  const head = await headOf(scene)
  const violations = scene.hooks.flatMap((hook) => judge(scene, hook, head))
  if (!sent) violations.push(`not all events were sent within ${TIMEOUT_MS / 1_000} s`)
  const received = scene.hooks.reduce((sum, { name }) => sum + receiver.box(name).received.length, 0)
  const took = secondsSince(deployment.opened)
  await deployment.sites[1]?.kill() // else both would send
  const a_second = Math.round(await drain(scene))
  await waitUntilSent(scene) // `drain` counts an event that came twice as two
  violations.push(...judge(scene, scene.hooks[0] as Hook, await headOf(scene)))
  if (a_second < LEAST_A_SECOND) violations.push(`a backlog was sent at ${a_second} events a second`)
  await receiver.close()
  const { faults, ...injected } = tally
  return printFindings(`${EVENTS} events to ${HOOKS} webhooks in ${took}, and a backlog of ${BACKLOG}`, {
    figures: { received, backlog_events_a_second: a_second },
    injected: { ...injected, ...Object.fromEntries(FAULTS.map((fault) => [`answers_${fault}`, 0])), ...faults },
    violations,
  })
})
