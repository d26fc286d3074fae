import { Buffer } from 'node:buffer'
import { randomBytes, scryptSync, timingSafeEqual } from 'node:crypto'
import { compareSync } from 'bcryptjs'

/** scrypt's block size and parallelism (OWASP Password Storage; N·r·p stays below workerd's 2^20). */
const R = 8
const P = 3
const KEY_BYTES = 32

/** The highest cost that is accepted: more would be seconds of CPU for one sign-in. */
const MAX_BCRYPT_COST = 14
/** The most that workerd computes: log2 of N·r·p. */
const MAX_LOG2_WORK = 20

const b64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64').replaceAll('=', '')

type Cost = { ln: number; r: number; p: number }

function derive(password: string, salt: Uint8Array, { ln, r, p }: Cost): Buffer {
  const N = 2 ** ln
  // RFC 8265: the same password typed on two systems must hash alike.
  return scryptSync(password.normalize('NFKC'), salt, KEY_BYTES, { N, r, p, maxmem: 128 * N * r * p + 2 ** 20 })
}

/** Hashes with scrypt (RFC 7914), N = 2^ln, into a PHC string. About 0.2 s of CPU at ln = 15. */
export function hashPassword(password: string, ln: number): string {
  const salt = randomBytes(16)
  return `$scrypt$ln=${ln},r=${R},p=${P}$${b64(salt)}$${b64(derive(password, salt, { ln, r: R, p: P }))}`
}

const PHC = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{43})$/
const BCRYPT = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/

/** The parts of an scrypt hash; null for another kind, or for one that would cost too much to compare. */
function scryptOf(hash: string) {
  const [, ln, r, p, salt, key] = PHC.exec(hash) ?? []
  if (!salt || !key) return null
  const cost = { ln: Number(ln), r: Number(r), p: Number(p) }
  const isPossible = cost.ln > 0 && cost.r > 0 && cost.p > 0
  if (!isPossible || cost.ln + Math.log2(cost.r * cost.p) > MAX_LOG2_WORK) return null
  return { cost, salt: Buffer.from(salt, 'base64'), key: Buffer.from(key, 'base64') }
}

/** Whether this is a bcrypt hash, as the former backend made them, of any version and a cost of 4 to 14. */
function isBcrypt(hash: string): boolean {
  const cost = Number(BCRYPT.exec(hash)?.[1])
  return cost >= 4 && cost <= MAX_BCRYPT_COST
}

/** Whether a password can be compared with this hash. Only accounts with such a hash can be imported. */
export const isKnownHash = (hash: string) => isBcrypt(hash) || scryptOf(hash) !== null

/**
 * Whether a password matches a hash, compared in constant time. Without a hash (no such account) it computes one all
 * the same, at cost `ln`, so that the time does not reveal which e-mails have accounts.
 */
export function verifyPassword(password: string, hash: string | null, ln: number): boolean {
  if (hash && isBcrypt(hash)) return compareSync(password, hash)
  const stored = hash ? scryptOf(hash) : null
  if (!stored) {
    derive(password, randomBytes(16), { ln, r: R, p: P })
    return false
  }
  return timingSafeEqual(derive(password, stored.salt, stored.cost), stored.key)
}

/** Whether a password should be hashed anew: its hash is bcrypt, or cheaper than `ln` requires. */
export function isOutdated(hash: string, ln: number): boolean {
  const stored = scryptOf(hash)
  return !stored || stored.cost.ln < ln || stored.cost.r < R || stored.cost.p < P
}
