import fc from 'fast-check'
import type { Document, Operation } from './document.ts'
import { type Judge, Violation } from './judge.ts'
import { type Draft, draftsOf } from './requests.ts'
import { type Call, calls, checkHub, converse } from './sockets.ts'
import type { Tenants } from './tenants.ts'
import { type Exchange, render, send } from './wire.ts'

/** The longest that one round may take, with the shrinking of its failures. */
const ROUND_LIMIT_MS = 60_000

/** A kind of violation: in which operation (or `sockets`), how often, and an example. */
export type Found = { what: string; times: number; example: Error }

/** The results so far. */
export type Tally = {
  requests: number
  sockets: number
  statuses: Record<number, number>
  /** Operations that have succeeded at least once. */
  reached: Set<string>
  found: Map<string, Found>
}

export type Round = {
  tenants: Tenants
  judge: Judge
  url: string
  document: Document
  tally: Tally
  seed: number
  runs: number
}

function count(tally: Tally, status: number): void {
  tally.statuses[status] = (tally.statuses[status] ?? 0) + 1
}

async function sendDraft({ tenants, judge, url, tally }: Round, draft: Draft): Promise<void> {
  const { caller } = draft
  const wire = render(draft, tenants.rows.fill(draft), tenants.token(caller))
  const answer = await send(url, wire).catch((error: Error): Exchange => {
    throw new Violation(`no answer: ${error.message}`, { wire, status: 0, headers: {}, body: '' })
  })
  tally.requests += 1
  count(tally, answer.status)
  judge.check(answer)
  const leaked = tenants.rows.leak(caller, answer)
  if (leaked) throw new Violation(`shows ${caller} a row of the other tenant: ${leaked}`, answer)
  tenants.rows.learn(caller, answer)
  if (answer.status < 300) tally.reached.add(judge.operationOf(answer)?.name ?? '')
  if (answer.status === 401 && answer.body.includes('token_revoked')) await tenants.signInAgain(caller)
}

/** Runs a property. A failure is shrunk, and recorded once per kind. */
async function runProperty<T>(
  what: string,
  property: fc.IAsyncProperty<T>,
  { seed, runs, tally }: Round,
): Promise<void> {
  const limits = { interruptAfterTimeLimit: ROUND_LIMIT_MS, markInterruptAsFailure: false }
  const { errorInstance } = await fc.check(property, { seed, numRuns: runs, ...limits })
  if (!(errorInstance instanceof Error)) return
  const kind = `${what}: ${errorInstance.message.replace(/[0-9a-f-]{36}/g, '…').slice(0, 150)}`
  const known = tally.found.get(kind)
  tally.found.set(kind, { what, times: (known?.times ?? 0) + 1, example: known?.example ?? errorInstance })
}

/** Sends `runs` requests in a row to one operation. */
export async function runRequestRound(round: Round, operation: Operation): Promise<void> {
  await round.tenants.repair()
  const property = fc.asyncProperty(draftsOf(round.document, operation), (draft) => sendDraft(round, draft))
  await runProperty<[Draft]>(operation.name, property, round)
}

const SOCKET_ROUTES = { projects: 'GET /ws/projects/{id}', notifications: 'GET /ws/notifications/{user_id}' }

/** Opens `runs` sockets one after another and sends any frames on them; then the hub must still work. */
export async function runSocketRound(round: Round): Promise<void> {
  const { tenants, url, tally } = round
  await tenants.repair()
  const talk = fc.asyncProperty(calls, async (call) => {
    tally.sockets += 1
    const status = await converse(url, tenants, call)
    count(tally, status)
    if (status === 101) tally.reached.add(SOCKET_ROUTES[call.stream])
  })
  await runProperty<[Call]>('sockets', talk, round)
  const after = fc.asyncProperty(fc.constant(url), (at) => checkHub(at, tenants))
  await runProperty<[string]>('sockets', after, { ...round, runs: 1 })
}
