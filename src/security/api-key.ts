import { Buffer } from 'node:buffer'
import { AppError } from '../lib/errors.ts'
import type { Actor } from './actor.ts'
import { hashSecret, newSecret } from './tokens.ts'

const packed = (id: string) => Buffer.from(id.replaceAll('-', ''), 'hex').toString('base64url')
const unpacked = (text: string) =>
  Buffer.from(text, 'base64url')
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')

/** What tells an API key from an access token, for us and for scanners of leaked secrets. */
const MARK = 'ft_'
const FORM = /^ft_([\w-]{22})([\w-]{22})([\w-]{43})$/

/** What a key begins with: enough to find it in a list, and of no use without the rest. */
export const prefixOf = (key_id: string) => MARK + packed(key_id)

/** A new key for a person, and the hash that the database keeps of its 256 secret bits. */
export function newKey(key_id: string, user_id: string) {
  const secret = newSecret()
  return { key: prefixOf(key_id) + packed(user_id) + secret, hash: hashSecret(secret) }
}

export const isKey = (token: string) => token.startsWith(MARK)

/**
 * Whom a key claims to speak for. The database is the judge, in the statement that does the work:
 * until then every part of this is only a claim. Throws key_invalid when it has not the form of one.
 */
export function actorOfKey(token: string): Actor {
  const [, key_id, user_id, secret] = FORM.exec(token) ?? []
  if (!key_id || !user_id || !secret) throw new AppError('key_invalid')
  const key_hash = hashSecret(secret)
  return { user_id: unpacked(user_id), session_id: unpacked(key_id), role: 'member', expires_at: 0, key_hash }
}
