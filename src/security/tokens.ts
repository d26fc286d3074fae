import { Buffer } from 'node:buffer'
import { createHash, createHmac, randomBytes } from 'node:crypto'
import { errors, jwtVerify, SignJWT } from 'jose'
import * as z from 'zod'
import type { Config } from '../config/config.ts'
import { makeOncePerConfig } from '../config/per-config.ts'
import { AppError } from '../lib/errors.ts'
import type { Actor } from './actor.ts'

const ISSUER = 'flowtrack'
const AUDIENCE = 'flowtrack-api'
const TYPE = 'at+jwt'

const sha256 = (text: string) => createHash('sha256').update(text).digest('base64url')
/** The name of a signing key. It does not reveal the key. */
const kidOf = (secret: string) => sha256(`kid:${secret}`).slice(0, 16)
const bytesOf = (secret: string) => Uint8Array.from(new TextEncoder().encode(secret))

/** Signs an access token in the form of RFC 9068, but without `client_id`: HS256, valid for `ACCESS_TTL_SECONDS`. */
export async function signAccessToken(config: Config, actor: Omit<Actor, 'expires_at'>, now: Date): Promise<string> {
  const issued = Math.floor(now.getTime() / 1000)
  const { keys, kid } = keyringOf(config)
  return new SignJWT({ sid: actor.session_id, role: actor.role })
    .setProtectedHeader({ alg: 'HS256', typ: TYPE, kid })
    .setIssuer(ISSUER)
    .setAudience(AUDIENCE)
    .setSubject(actor.user_id)
    .setJti(randomBytes(12).toString('base64url'))
    .setIssuedAt(issued)
    .setExpirationTime(issued + config.ACCESS_TTL_SECONDS)
    .sign(await keyNamed(keys, kid))
}

const Claims = z.object({
  sub: z.uuid(),
  sid: z.uuid(),
  role: z.enum(['admin', 'member']),
  iat: z.number(),
  exp: z.number(),
})

/** Seconds by which the clocks of two Workers may differ. */
const SKEW = 60

/** How many tokens an isolate remembers, so that it need not check their signatures again. */
const MAX_REMEMBERED = 1_000
type Keys = Map<string, Uint8Array<ArrayBuffer> | CryptoKey>
/** The keys by their names, the name of the one that signs, and the callers whose tokens were verified. */
type Keyring = { keys: Keys; kid: string; actors: Map<string, Actor> }

const keyringOf = makeOncePerConfig((config): Keyring => {
  const secrets = [config.JWT_SECRET, config.JWT_SECRET_PREVIOUS].filter((secret) => secret !== undefined)
  const keys: Keys = new Map(secrets.map((secret) => [kidOf(secret), bytesOf(secret)]))
  return { keys, kid: kidOf(config.JWT_SECRET), actors: new Map() }
})

/**
 * The key with this name. It is imported once: from bytes, jose would import it anew for each token. Throws
 * token_invalid for an unknown name.
 */
async function keyNamed(keys: Keys, kid: string): Promise<CryptoKey> {
  const key = keys.get(kid)
  if (!key) {
    const detail = 'The token was signed with a key that is no longer in use: sign in again'
    throw new AppError('token_invalid', { detail })
  }
  if (!(key instanceof Uint8Array)) return key
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  const imported = await crypto.subtle.importKey('raw', key, algorithm, false, ['sign', 'verify'])
  keys.set(kid, imported)
  return imported
}

/** The caller that an access token names. Throws token_expired or token_invalid; expiry is compared with `now`. */
export async function verifyAccessToken(config: Config, token: string, now: Date): Promise<Actor> {
  const { keys, actors } = keyringOf(config)
  const actor = actors.get(token)
  if (actor && now.getTime() < actor.expires_at) return actor
  const fresh = await verify(keys, token, now)
  if (actors.size >= MAX_REMEMBERED) actors.clear()
  actors.set(token, fresh)
  return fresh
}

async function verify(keys: Keys, token: string, now: Date): Promise<Actor> {
  try {
    const { payload } = await jwtVerify(token, ({ kid = '' }: { kid?: string }) => keyNamed(keys, kid), {
      algorithms: ['HS256'],
      issuer: ISSUER,
      audience: AUDIENCE,
      typ: TYPE,
      currentDate: now,
      requiredClaims: ['exp', 'iat', 'sub', 'sid'],
    })
    const { sub, sid, role, iat, exp } = Claims.parse(payload)
    if (iat > now.getTime() / 1000 + SKEW) {
      throw new AppError('token_invalid', { detail: 'The token was issued in the future: sign in again' })
    }
    return { user_id: sub, session_id: sid, role, expires_at: exp * 1000 }
  } catch (error) {
    if (error instanceof AppError) throw error
    throw new AppError(error instanceof errors.JWTExpired ? 'token_expired' : 'token_invalid', { cause: error })
  }
}

/** The hash by which the database knows a secret that a client holds. */
export const hashSecret = sha256

/** 256 random bits, as text. */
export const newSecret = () => randomBytes(32).toString('base64url')

/** A UUID as 22 characters of base64url, for keys and tokens. */
export const packId = (id: string) => Buffer.from(id.replaceAll('-', ''), 'hex').toString('base64url')
export const unpackId = (text: string) =>
  Buffer.from(text, 'base64url')
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')

/** A tag that proves that we made a secret: made-up ones are recognised without the database. */
const tagOf = (key: string, owner: string, secret: string) =>
  createHmac('sha256', key).update(`tag:${owner}.${secret}`).digest('base64url').slice(0, 22)

const tagFits = (config: Config, owner: string, secret: string, tag: string) =>
  [config.JWT_SECRET, config.JWT_SECRET_PREVIOUS].some((key) => key !== undefined && tagOf(key, owner, secret) === tag)

/** A socket ticket: a secret and its tag. Opaque to clients. */
export const formatTicket = (config: Config, secret: string) =>
  `${secret}.${tagOf(config.JWT_SECRET, 'ticket', secret)}`

/** Whether a ticket is one that we made; it may be used or too old. */
export function isTicket(config: Config, ticket: string): boolean {
  const [, secret = '', tag = ''] = /^([\w-]{43})\.([\w-]{22})$/.exec(ticket) ?? []
  return tagFits(config, 'ticket', secret, tag)
}

/** A refresh token: its session, a secret, and a tag that proves that we made it. Opaque to clients. */
export const formatRefresh = (config: Config, session_id: string, secret: string) =>
  [packId(session_id), secret, tagOf(config.JWT_SECRET, session_id, secret)].join('.')

/**
 * Takes a refresh token apart. The database compares the secret; `genuine` (the tag fits) tells a replay of an old
 * token from a made-up one, which must not end a session. Throws refresh_invalid when the token does not have the right
 * form.
 */
export function parseRefresh(config: Config, token: string) {
  const match = /^([\w-]{22})\.([\w-]{43})\.([\w-]{22})$/.exec(token)
  if (!match) throw new AppError('refresh_invalid')
  const [, session = '', secret = '', tag = ''] = match
  const session_id = unpackId(session)
  return { session_id, secret, genuine: tagFits(config, session_id, secret, tag) }
}

/**
 * The secret that follows another. Derived, not random: concurrent rotations of one token compute the same successor,
 * although the database holds only hashes.
 */
export const successorOf = (config: Config, secret: string) =>
  createHmac('sha256', config.JWT_SECRET).update(`refresh:${secret}`).digest('base64url')

/** How many rotations one grace time may contain: as many as rotate_session remembers, and the last one. */
const MAX_STEPS = 21

/**
 * The secret with this hash: `secret` itself or one of the MAX_STEPS - 1 that follow it; undefined when none has it.
 */
export function descendantOf(config: Config, secret: string, hash: string): string | undefined {
  let at = secret
  for (let step = 0; step < MAX_STEPS; step += 1) {
    if (hashSecret(at) === hash) return at
    at = successorOf(config, at)
  }
  return undefined
}
