import { Buffer } from 'node:buffer'
import { randomBytes, scryptSync, timingSafeEqual } from 'node:crypto'

/** scrypt's block size and parallelism (OWASP Password Storage; N·r·p stays below workerd's 2^20). */
const R = 8
const P = 3
const KEY_BYTES = 32

const b64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64').replace(/=+$/, '')

function derive(password: string, salt: Uint8Array, ln: number, r: number, p: number): Buffer {
  const N = 2 ** ln
  // RFC 8265: the same password typed on two systems must hash alike.
  return scryptSync(password.normalize('NFKC'), salt, KEY_BYTES, { N, r, p, maxmem: 128 * N * r * p + 2 ** 20 })
}

/** Hashes with scrypt (RFC 7914), N = 2^ln, into a PHC string. About 0.2 s of CPU at ln = 15. */
export function hashPassword(password: string, ln: number): string {
  const salt = randomBytes(16)
  return `$scrypt$ln=${ln},r=${R},p=${P}$${b64(salt)}$${b64(derive(password, salt, ln, R, P))}`
}

const PHC = /^\$scrypt\$ln=(\d+),r=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/

/**
 * Compares in constant time. Without a hash (no such account) it hashes all the same, at cost
 * `ln`, so that the time taken tells nobody which e-mails have accounts.
 */
export function verifyPassword(password: string, phc: string | null, ln: number): boolean {
  const match = phc ? PHC.exec(phc) : null
  if (!match) {
    derive(password, randomBytes(16), ln, R, P)
    return false
  }
  const [, n, r, p, salt, key] = match
  const actual = derive(password, Buffer.from(salt ?? '', 'base64'), Number(n), Number(r), Number(p))
  return timingSafeEqual(actual, Buffer.from(key ?? '', 'base64'))
}
