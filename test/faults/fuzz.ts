import { parseArgs } from 'node:util'
import pg from 'pg'
import { type Document, type Operation, operationsOf } from './fuzz/document.ts'
import { House } from './fuzz/house.ts'
import { Judge, Violation } from './fuzz/judge.ts'
import { type Round, requestRound, socketRound, type Tally } from './fuzz/rounds.ts'
import { curlOf, hangUp } from './fuzz/wire.ts'
import { disagreements } from './support/ledger.ts'
import { openWorld } from './support/world.ts'

/*
 * `npm run fuzz`: requests made from our own OpenAPI document, right ones and wrong ones, against a
 * Worker, and anything at all on its sockets. No answer may be a failure of ours, break the document,
 * or show a row of another tenant; and the books must agree afterwards. Exits with 1 otherwise.
 *
 * --requests N   20,000 if left out, 1,000 with --short      --seed N     the same choices again
 * --only NAME    one operation, as 'POST /tasks', or sockets  --connections N   8 at once
 */

const { values } = parseArgs({
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
/** Requests in a row to one operation: every operation has its turn even in a short run. */
const RUN = Math.max(1, Math.min(50, Math.floor(REQUESTS / 100)))
const SOCKETS = 'sockets'
const LIMIT_MS = 20 * 60_000

const hash = (text: string) => [...text].reduce((sum, c) => (Math.imul(sum, 31) + c.charCodeAt(0)) | 0, 7)

/** Several connections take turns with the operations until enough has been sent. */
async function bombard(
  base: Omit<Round, 'house' | 'seed' | 'runs'>,
  turns: (Operation | typeof SOCKETS)[],
  build: () => Promise<House>,
) {
  const deadline = Date.now() + LIMIT_MS
  let next = 0
  const lane = async () => {
    const house = await build()
    while (base.tally.requests + base.tally.sockets < REQUESTS && Date.now() < deadline) {
      const n = next++
      const turn = turns[n % turns.length] as Operation | typeof SOCKETS // there is one at least
      const name = turn === SOCKETS ? turn : turn.name
      const round = { ...base, house, seed: SEED ^ hash(`${name} ${Math.floor(n / turns.length)}`), runs: RUN }
      if (turn === SOCKETS) await socketRound(round)
      else await requestRound(round, turn)
    }
  }
  const lanes = await Promise.allSettled(Array.from({ length: Number(values.connections) }, lane))
  for (const { reason } of lanes.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[])
    base.tally.found.set(String(reason), { what: 'all', times: 1, example: reason })
}

function report(
  url: string,
  { requests, sockets, statuses, reached, found }: Tally,
  names: string[],
  seconds: number,
): void {
  console.log(`${requests} requests and ${sockets} sockets in ${seconds.toFixed(0)} s`)
  console.table(Object.fromEntries(Object.entries(statuses).map(([status, answers]) => [status, { answers }])))
  const missed = names.filter((name) => !reached.has(name))
  console.log(
    `${names.length} operations, ${names.length - missed.length} of them with success${missed.length > 0 ? `; never ${missed.join(', ')}` : ''}`,
  )
  for (const [kind, { times, example, what }] of found) {
    console.error(
      `VIOLATION (${times} times) ${kind}\n  again: npm run fuzz -- --seed ${SEED} --requests ${REQUESTS} --only '${what}'`,
    )
    if (!(example instanceof Violation)) console.error(example)
    else
      console.error(
        `  ${curlOf(url, example.exchange.wire)}\n  ${example.exchange.status} ${example.exchange.body.slice(0, 1_000)}`,
      )
  }
}

const world = await openWorld(['weur'])
const sql = new pg.Pool({ connectionString: world.databaseUrl, max: 2 })
const [site] = world.sites
const started = new Date()
try {
  if (!site) throw new Error('A world has a region')
  console.log(`npm run fuzz -- --seed ${SEED} --requests ${REQUESTS}`)
  const document = (await (await fetch(`${site.url}/openapi.json`)).json()) as Document
  const operations = operationsOf(document)
  const turns = [...operations, SOCKETS as typeof SOCKETS].filter(
    (turn) => !values.only || values.only === 'all' || (turn === SOCKETS ? turn : turn.name) === values.only,
  )
  const tally: Tally = { requests: 0, sockets: 0, statuses: {}, reached: new Set(), found: new Map() }
  const judge = new Judge(document)
  await bombard({ judge, url: site.url, document, tally }, turns, () => House.build(site, sql))
  report(
    site.url,
    tally,
    operations.map(({ name }) => name),
    (Date.now() - started.getTime()) / 1000,
  )
  const faults = await disagreements(sql, started)
  for (const fault of faults.slice(0, 20)) console.error(`VIOLATION ${fault}`)
  console.log(faults.length === 0 ? 'Journal, tables, notifications and keys agree.' : `${faults.length} disagreements`)
  if (tally.found.size + faults.length > 0 || tally.requests + tally.sockets < REQUESTS) process.exitCode = 1
} finally {
  hangUp()
  await sql.end()
  await world.close()
}
