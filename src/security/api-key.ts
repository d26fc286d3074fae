import { AppError } from '../lib/errors.ts'
import type { Actor } from './actor.ts'
import { hashSecret, newSecret, packId, unpackId } from './tokens.ts'

/** Distinguishes API keys from access tokens, for us and for scanners of leaked secrets. */
const MARK = 'ft_'
const FORM = /^ft_([\w-]{22})([\w-]{22})([\w-]{43})$/

/** The public beginning of a key: enough to find the key in a list, and useless without the rest. */
export const prefixOf = (key_id: string) => MARK + packId(key_id)

/** A new key for a person, and the hash of its 256 secret bits, which the database stores. */
export function newKey(key_id: string, user_id: string) {
  const secret = newSecret()
  return { key: prefixOf(key_id) + packId(user_id) + secret, hash: hashSecret(secret) }
}

export const isKey = (token: string) => token.startsWith(MARK)

/**
 * The caller that an API key names, unverified: the database checks the key in the transaction that does the work.
 * Throws key_invalid when the token does not have the form of a key.
 */
export function actorOfKey(token: string): Actor {
  const [, key_id, user_id, secret] = FORM.exec(token) ?? []
  if (!key_id || !user_id || !secret) throw new AppError('key_invalid')
  const key_hash = hashSecret(secret)
  return { user_id: unpackId(user_id), session_id: unpackId(key_id), role: 'member', expires_at: 0, key_hash }
}
