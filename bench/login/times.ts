import { randomUUID } from 'node:crypto'
import { performance } from 'node:perf_hooks'
import { hashSync } from 'bcryptjs'
import type pg from 'pg'
import { medianOf } from '../median.ts'

/** What a password is compared with: no account, a hash of FlowTrack, or an imported hash of another backend. */
export type Kind = 'unknown' | 'scrypt' | 'bcrypt'
/** The median time of a refusal, in milliseconds. */
export type Times = Record<Kind, number>

/** A usual cost in other backends. */
const BCRYPT_COST = 12
/** The first refusals, which are not counted: code and connections warm up. */
const WARM_UP = 3

const post = (url: string, body: object) =>
  fetch(url, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) })

async function makeAccount(kind: Kind, url: string, client: pg.Client): Promise<string> {
  const email = `${randomUUID()}@example.com`
  if (kind === 'unknown') return email
  const account = { email, name: 'Somebody', password: 'correct horse battery' }
  const answer = await post(`${url}/auth/register`, account)
  if (answer.status !== 201)
    throw new Error(`A registration was answered with ${answer.status}: ${await answer.text()}`)
  const hash = hashSync(account.password, BCRYPT_COST)
  if (kind === 'bcrypt') await client.query('update users set password_hash = $1 where email = $2', [hash, email])
  return email
}

async function timeRefusal(url: string, email: string): Promise<number> {
  const start = performance.now()
  const response = await post(`${url}/auth/login`, { email, password: 'not the password' })
  const text = await response.text()
  if (response.status !== 401) throw new Error(`A wrong password was answered with ${response.status}: ${text}`)
  return performance.now() - start
}

/** Times refused sign-ins of each kind in turn, so that noise affects all alike. */
export async function measure(url: string, client: pg.Client, kinds: Kind[], tries: number): Promise<Times> {
  const emails = new Map<Kind, string>()
  for (const kind of kinds) emails.set(kind, await makeAccount(kind, url, client))
  const took = new Map<Kind, number[]>(kinds.map((kind) => [kind, []]))
  for (let n = -WARM_UP; n < tries; n += 1) {
    const turn = [...emails]
    for (const [kind, email] of n % 2 ? turn : turn.reverse()) {
      const ms = await timeRefusal(url, email)
      if (n >= 0) took.get(kind)?.push(ms)
    }
  }
  return Object.fromEntries([...took].map(([kind, all]) => [kind, medianOf(all)])) as Times
}
