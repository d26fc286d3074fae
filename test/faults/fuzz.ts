import { parseOptions } from '../../local/parse-options.ts'
import { type Document, type Operation, operationsOf } from './fuzz/document.ts'
import { Judge, Violation } from './fuzz/judge.ts'
import { type Found, type Round, runRequestRound, runSocketRound, type Tally } from './fuzz/rounds.ts'
import { Tenants } from './fuzz/tenants.ts'
import { curlOf, hangUp } from './fuzz/wire.ts'
import { runInDeployment } from './support/deployment.ts'
import { printFindings, secondsSince } from './support/findings.ts'
import { findDisagreements } from './support/ledger.ts'

/*
 * `npm run fuzz`: sends valid and invalid requests, made from our own OpenAPI document, to a Worker, and any
 * frames on its sockets. No answer may be 500 or above, break the document, or show a row of another tenant;
 * afterwards the journal and the tables must agree. Exits with 1 otherwise.
 *
 * --requests N   20,000 if left out, 1,000 with --short      --seed N     the same choices again
 * --only NAME    one operation, as 'POST /tasks', or sockets  --connections N   8 at once
 */

const { values } = parseOptions({
  options: {
    requests: { type: 'string' },
    short: { type: 'boolean', default: false },
    seed: { type: 'string' },
    only: { type: 'string' },
    connections: { type: 'string', default: '8' },
  },
})
const REQUESTS = Number(values.requests ?? (values.short ? 1_000 : 20_000))
const SEED = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31))
/** Requests in a row to one operation: so few that every operation has its turn in a short run. */
const RUN = Math.max(1, Math.min(50, Math.floor(REQUESTS / 100)))
const SOCKETS = 'sockets'
const LIMIT_MS = 20 * 60_000

const hash = (text: string) => [...text].reduce((sum, c) => (Math.imul(sum, 31) + c.charCodeAt(0)) | 0, 7)

/** Several connections take turns with the operations until enough has been sent. */
async function bombard(
  base: Omit<Round, 'tenants' | 'seed' | 'runs'>,
  turns: (Operation | typeof SOCKETS)[],
  build: () => Promise<Tenants>,
) {
  const deadline = Date.now() + LIMIT_MS
  let next = 0
  const lane = async () => {
    const tenants = await build()
    while (base.tally.requests + base.tally.sockets < REQUESTS && Date.now() < deadline) {
      const n = next++
      const turn = turns[n % turns.length] as Operation | typeof SOCKETS // there is at least one
      const name = turn === SOCKETS ? turn : turn.name
      const round = { ...base, tenants, seed: SEED ^ hash(`${name} ${Math.floor(n / turns.length)}`), runs: RUN }
      if (turn === SOCKETS) await runSocketRound(round)
      else await runRequestRound(round, turn)
    }
  }
  const lanes = await Promise.allSettled(Array.from({ length: Number(values.connections) }, lane))
  for (const { reason } of lanes.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[])
    base.tally.found.set(String(reason), { what: 'all', times: 1, example: reason })
}

/** Describes a kind of violation: how often it was seen, how to find it again, and a request that shows it. */
function describe(url: string, kind: string, { times, example, what }: Found): string {
  const again = `npm run fuzz -- --seed ${SEED} --requests ${REQUESTS} --only '${what}'`
  const { exchange } = example instanceof Violation ? example : {}
  const shown = exchange
    ? `${curlOf(url, exchange.wire)}\n  ${exchange.status} ${exchange.body.slice(0, 1_000)}`
    : example.stack
  return `(${times} times) ${kind}\n  again: ${again}\n  ${shown}`
}

await runInDeployment({ regions: ['weur'] }, async ({ sites: [site], sql, opened }) => {
  console.log(`npm run fuzz -- --seed ${SEED} --requests ${REQUESTS}`)
  const document = (await (await fetch(`${site.url}/openapi.json`)).json()) as Document
  const operations = operationsOf(document)
  const turns = [...operations, SOCKETS as typeof SOCKETS].filter(
    (turn) => !values.only || values.only === 'all' || (turn === SOCKETS ? turn : turn.name) === values.only,
  )
  const tally: Tally = { requests: 0, sockets: 0, statuses: {}, reached: new Set(), found: new Map() }
  await bombard({ judge: new Judge(document), url: site.url, document, tally }, turns, () => Tenants.build(site, sql))
  hangUp()
  const { requests, sockets, statuses, reached, found } = tally
  const missed = operations.filter(({ name }) => !reached.has(name)).map(({ name }) => name)
  console.log(`${operations.length} operations; never with success: ${missed.join(', ') || 'none'}`)
  const answers = Object.entries(statuses).map(([status, times]) => [`answers_with_${status}`, times])
  return printFindings(`${requests} requests and ${sockets} sockets in ${secondsSince(opened)}`, {
    figures: Object.fromEntries(answers),
    injected: { all_requests: Number(requests + sockets >= REQUESTS) },
    violations: [
      ...[...found].map(([kind, one]) => describe(site.url, kind, one)),
      ...(await findDisagreements(sql, opened)),
    ],
  })
})
