import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { toParameters } from '../../local/neon-format.ts'
import { medianOf } from '../median.ts'
import type { BenchStack, Desk } from './bench-stack.ts'
import { checkProject } from './check-project.ts'
import { call, sendBurst } from './load.ts'
import { callOf, roundTo } from './measure.ts'
import type { Operation } from './operations.ts'

const WIDTH = 16
/** One turn, in seconds. FlowTrack and pgbench run alternately, as a machine is not always equally fast. */
const SECONDS = 4
const TURNS = 4

/** `share`: of what pgbench reaches. Null without pgbench. */
export type Hot = {
  moves_per_second: number
  errors: number
  pgbench_per_second: number | null
  share: number | null
  wrong: string[]
}

/** The path of pgbench, which Debian does not put on the PATH; undefined without one. */
function findPgbench(): string | undefined {
  const versions = '/usr/lib/postgresql'
  const found = existsSync(versions) ? readdirSync(versions).map((v) => join(versions, v, 'bin/pgbench')) : []
  return [...found, ...(process.env.PATH ?? '').split(':').map((dir) => join(dir, 'pgbench'))].find(existsSync)
}

const toLiteral = (value: string | null) => (value === null ? 'null' : `'${value.replaceAll("'", "''")}'`)

/** Turns a batch that the bridge got into a script of pgbench: the same statements in one transaction. */
function scriptOf(body: string): string {
  const { queries } = JSON.parse(body) as { queries: { query: string; params: unknown[] }[] }
  const statements = queries.map(({ query, params }) => {
    const values = toParameters(params)
    return query.replace(/\$(\d+)/g, (_, n) => toLiteral(values[Number(n) - 1] ?? null)).replace(/\s+/g, ' ')
  })
  return ['begin', ...statements, 'commit'].map((statement) => `${statement};`).join('\n')
}

/** Prepares the same moves as scripts of pgbench. Returns a function that runs them; null without pgbench or server. */
async function preparePgbench(bench: BenchStack, move: Operation, desk: Desk, folder: string) {
  const program = findPgbench()
  if (!program || !bench.onServers) return null
  const files: string[] = []
  // Each of these tasks to each column, so that two of three moves leave a column, as through the API.
  for (let n = 0; n < 48; n++) {
    const task = desk.tasks[Math.floor(n / 3)] as string
    const values = { ...desk.values, ...move.fresh?.(desk), task }
    const { seen } = await bench.tape.record(() => call(callOf(bench.flowtrack.url, move, desk, values)))
    const batch = seen.find(({ bridge }) => bridge === 'neon')
    const file = join(folder, `${n}.sql`)
    writeFileSync(file, scriptOf(batch?.request.body ?? '{"queries": []}'))
    files.push('-f', file)
  }
  const args = ['-n', '-M', 'extended', '-c', String(WIDTH), '-j', '2', '-T', String(SECONDS), ...files]
  // Returns how many moves per second Postgres makes when pgbench calls it directly, without the API.
  return async () => {
    const { stdout } = await promisify(execFile)(program, [...args, bench.databaseUrl], { maxBuffer: 1e8 })
    return Number(/tps = ([\d.]+)/.exec(stdout)?.[1])
  }
}

async function check({ databaseUrl }: BenchStack, project: string | undefined): Promise<string[]> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  return checkProject(client, project).finally(() => client.end())
}

/** Measures moves of several people in one project, 16 at once. */
export async function measureHot(bench: BenchStack, move: Operation): Promise<Hot> {
  const { hot } = bench
  const next = (slot: number) => {
    const desk = hot[slot % hot.length] as Desk
    return callOf(bench.flowtrack.url, move, desk, { ...desk.values, ...move.fresh?.(desk) })
  }
  const warm = await sendBurst(bench.flowtrack.pid, WIDTH, 200, next)
  const count = Math.ceil((warm.times.length / warm.seconds) * SECONDS)
  const [desk] = hot as [Desk]
  const folder = mkdtempSync(join(tmpdir(), 'flowtrack-pgbench-'))
  try {
    const pgbench = await preparePgbench(bench, move, desk, folder)
    const [mine, alone]: [number[], number[]] = [[], []]
    let errors = 0
    for (let n = 0; n < TURNS; n++) {
      const turn = await sendBurst(bench.flowtrack.pid, WIDTH, count, next)
      mine.push(turn.times.length / turn.seconds)
      errors += turn.errors.length
      if (pgbench) alone.push(await pgbench())
    }
    const share = pgbench && roundTo(medianOf(mine.map((rate, n) => rate / (alone[n] ?? 0))))
    return {
      moves_per_second: roundTo(medianOf(mine), 0),
      errors,
      pgbench_per_second: pgbench && roundTo(medianOf(alone), 0),
      share,
      wrong: await check(bench, desk.values.project),
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}
