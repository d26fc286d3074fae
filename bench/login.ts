import pg from 'pg'
import { parseOptions } from '../local/parse-options.ts'
import { type Kind, measure, type Times } from './login/times.ts'
import { openWorker } from './login/worker.ts'

/*
 * `npm run bench:login`: whether the time of a refused sign-in tells who has an account. It compares the
 * median times of an account with a scrypt hash, of one with a bcrypt hash (imported, and never signed in
 * since) and of an unknown e-mail, tried in turn: with the pause of LOGIN_REFUSAL_MS, and without.
 * `--tries 100` of each kind, `--cost 15` as in production.
 */

/** By which share the medians of known and unknown e-mails may differ. */
const MAX_DIFFERENCE = 0.1

const { values } = parseOptions({
  options: { tries: { type: 'string', default: '100' }, cost: { type: 'string', default: '15' } },
})
const tries = Number(values.tries)

const toPercent = (share: number) => `${(share * 100).toFixed(1)} %`
const differenceOf = (times: Times, kind: Kind) => Math.abs(times[kind] / times.unknown - 1)

async function measureRound(pause: number, kinds: Kind[]): Promise<boolean> {
  const worker = await openWorker({ SCRYPT_LOG2_N: values.cost, LOGIN_REFUSAL_MS: String(pause) })
  try {
    const client = new pg.Client({ connectionString: worker.databaseUrl })
    await client.connect()
    const times = await measure(worker.url, client, kinds, tries).finally(() => client.end())
    console.log(
      `${pause ? `Answered after ${pause} ms or later` : 'Answered at once'}: medians of ${tries} refusals each`,
    )
    for (const kind of kinds) {
      const apart = kind === 'unknown' ? '' : `, ${toPercent(differenceOf(times, kind))} from an unknown e-mail`
      console.log(`  ${kind.padEnd(8)} ${times[kind].toFixed(1)} ms${apart}`)
    }
    return kinds.every((kind) => differenceOf(times, kind) < MAX_DIFFERENCE)
  } finally {
    await worker.close()
  }
}

const alike = [await measureRound(0, ['unknown', 'scrypt']), await measureRound(1_000, ['unknown', 'scrypt', 'bcrypt'])]
console.log(
  alike.every(Boolean) ? 'The times do not tell who has an account.' : `More than ${toPercent(MAX_DIFFERENCE)} apart.`,
)
process.exit(alike.every(Boolean) ? 0 : 1)
