import type { Random } from './random.ts'
import type { Row, Templates } from './templates.ts'

/** Everybody's password, as src/security/passwords.ts hashes it. */
export const PASSWORD = 'correct horse battery'
export const PASSWORD_HASH = '$scrypt$ln=15,r=8,p=3$Zmxvd3RyYWNrLWJlbmNoIQ$JUFk+UGmgKabwk8+psa6igGjTtKkzz2VaqXgeCQzvdM'

const FIRST = ['Ada', 'Grace', 'Alan', 'Edsger', 'Barbara', 'Donald', 'Radia', 'Ken', 'Katherine', 'Leslie', 'Mary']
const LAST = [
  'Lovelace',
  'Hopper',
  'Turing',
  'Dijkstra',
  'Liskov',
  'Knuth',
  'Perlman',
  'Thompson',
  'Johnson',
  'Lamport',
]
const ZONES = ['UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Australia/Sydney']

export const emailOf = (n: number) => `person${n}@bench.example`

/** Accounts. The first is the administrator, as it would be in an empty database. */
export function makePeople(random: Random, count: number, { users }: Templates, at: number): Row[] {
  const since = { created_at: new Date(at).toISOString(), updated_at: new Date(at).toISOString() }
  return Array.from({ length: count }, (_, n) => {
    const name = `${random.pick(FIRST)} ${random.pick(LAST)}`
    const account = { id: random.uuid(at), email: emailOf(n + 1), name, timezone: random.pick(ZONES) }
    const role = n === 0 ? 'admin' : 'member'
    return { ...users.row, ...account, role, password_hash: PASSWORD_HASH, ...since }
  })
}
