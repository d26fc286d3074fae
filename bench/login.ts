import { parseArgs } from 'node:util'
import pg from 'pg'
import { type Kind, measure, type Times } from './login/times.ts'
import { openWorker } from './login/world.ts'

/*
 * `npm run bench:login`: whether the time of a refused sign-in tells who has an account. It compares
 * an e-mail with a password by scrypt, one by bcrypt (brought over, never signed in) and one that
 * nobody has, tried in turn, by their medians: with the pause of LOGIN_REFUSAL_MS, and without.
 * `--tries 100` of each kind, `--cost 15` as in production.
 */

/** How far the medians of known and unknown may be apart. */
const MAX_DIFFERENCE = 0.1

const { values } = parseArgs({
  options: { tries: { type: 'string', default: '100' }, cost: { type: 'string', default: '15' } },
})
const tries = Number(values.tries)

const percent = (share: number) => `${(share * 100).toFixed(1)} %`
const difference = (times: Times, kind: Kind) => Math.abs(times[kind] / times.unknown - 1)

async function round(pause: number, kinds: Kind[]): Promise<boolean> {
  const worker = await openWorker({ SCRYPT_LOG2_N: values.cost, LOGIN_REFUSAL_MS: String(pause) })
  try {
    const client = new pg.Client({ connectionString: worker.databaseUrl })
    await client.connect()
    const times = await measure(worker.url, client, kinds, tries).finally(() => client.end())
    console.log(
      `${pause ? `Answered after ${pause} ms or later` : 'Answered at once'}: medians of ${tries} refusals each`,
    )
    for (const kind of kinds) {
      const apart = kind === 'unknown' ? '' : `, ${percent(difference(times, kind))} from an unknown e-mail`
      console.log(`  ${kind.padEnd(8)} ${times[kind].toFixed(1)} ms${apart}`)
    }
    return kinds.every((kind) => difference(times, kind) < MAX_DIFFERENCE)
  } finally {
    await worker.close()
  }
}

const alike = [await round(0, ['unknown', 'scrypt']), await round(1_000, ['unknown', 'scrypt', 'bcrypt'])]
console.log(alike.every(Boolean) ? 'Nobody can tell.' : `More than ${percent(MAX_DIFFERENCE)} apart.`)
process.exit(alike.every(Boolean) ? 0 : 1)
