import { createHash } from 'node:crypto'
import type { Config } from '../config/config.ts'
import type { Device } from '../security/actor.ts'

/** A rate limit: how many requests a subject may send in a window. */
export type RateLimit = {
  /** The policy's name, as clients see it in `RateLimit`. */
  policy: 'account' | 'address' | 'keyed' | 'stranger' | 'user'
  /** Its counter in Redis, and in an isolate's memory. */
  key: string
  /** How many requests. The headers' draft calls them a quota too (`q`); elsewhere a quota is how much one may have. */
  quota: number
  /** In seconds, from the first counted request. */
  window: number
  /** Without Redis, this isolate counts for `closed` limits, and ignores the others. */
  closed: boolean
  /** How many requests an isolate reserves with one command. 1: each request is counted by itself. */
  ahead: number
  /**
   * Whether an isolate that saw a limit used up may refuse without asking Redis: not if a success can clear the count.
   */
  remembered: boolean
}

/**
 * How many requests an isolate reserves with one command, so that most requests need none. Those that it does not use
 * stay counted.
 */
const AHEAD = 10

/** How many bytes to and from the database or the cache count as one further request. */
export const BYTES_A_REQUEST = 64 * 1024
/**
 * The share of a limit that one request can use up by what it costs: a large import alone must not lock its sender out.
 */
export const MAX_SHARE_OF_COST = 0.5

/** Under a small limit, no requests are reserved ahead. */
const aheadOf = (quota: number) => Math.min(AHEAD, Math.max(1, Math.floor(quota / 60)))

/** All requests of one user. */
export const userLimit = ({ LIMIT_USER }: Config, user_id: string): RateLimit => ({
  policy: 'user',
  key: `limit:user:${user_id}`,
  ...LIMIT_USER,
  closed: false,
  ahead: aheadOf(LIMIT_USER.quota),
  remembered: true,
})

/**
 * All requests with API keys of one user: more keys do not give more requests. Counted apart from their own requests: a
 * program must not use up the limit of its owner.
 */
export const apiKeyLimit = (config: Config, user_id: string): RateLimit => ({
  ...userLimit(config, user_id),
  key: `limit:keys:${user_id}`,
})

/**
 * Pictures of one person's links, all of them together. They are counted apart from the person's own requests: viewers
 * of a page with these pictures must not use up the limit of the person.
 */
export const linkLimit = (config: Config, maker: string): RateLimit => ({
  ...userLimit(config, maker),
  key: `limit:links:${maker}`,
})

/**
 * Writes of one user with an Idempotency-Key. The answer of each is kept for a day, so this bounds the kept answers.
 */
export const idempotentWriteLimit = ({ LIMIT_KEYED }: Config, user_id: string): RateLimit => ({
  policy: 'keyed',
  key: `limit:keyed:${user_id}`,
  ...LIMIT_KEYED,
  closed: false,
  ahead: aheadOf(LIMIT_KEYED.quota),
  remembered: true,
})

/**
 * The network by which an address is counted: an IPv4 address itself; of an IPv6 address the first 64 bits, since one
 * customer has all addresses of such a network. Other text is cut to 64 characters.
 */
export function networkOf(ip: string): string {
  if (!ip.includes(':')) return ip.slice(0, 64)
  const [head = '', tail = ''] = ip.toLowerCase().split('::')
  const [first, last] = [head, tail].map((part) => part.split(':').filter(Boolean)) as [string[], string[]]
  const zeros = ip.includes('::') ? new Array(Math.max(0, 8 - first.length - last.length)).fill('0') : []
  const groups = [...first, ...zeros, ...last].slice(0, 4)
  return `${groups.map((group) => group.replace(/^0+(?=.)/, '')).join(':')}::/64`.slice(0, 64)
}

/** Registrations, sign-ins and refreshes from one address, by Cloudflare's header only: clients can set others. */
export const addressLimit = ({ LIMIT_ADDRESS }: Config, ip: string | null): RateLimit => ({
  policy: 'address',
  key: `limit:address:${networkOf(ip ?? 'unknown')}`,
  ...LIMIT_ADDRESS,
  closed: true,
  ahead: 1,
  remembered: true,
})

/**
 * Refreshes and sign-outs of one page's session, with a genuine token: other people in its network do not count against
 * it.
 */
export const sessionLimit = ({ LIMIT_ADDRESS }: Config, session_id: string): RateLimit => ({
  policy: 'address',
  key: `limit:session:${session_id}`,
  ...LIMIT_ADDRESS,
  closed: true,
  ahead: 1,
  remembered: true,
})

/** Requests from one network with credentials that the database has not accepted: made up, perhaps, or ended. */
export const strangerLimit = ({ LIMIT_STRANGER }: Config, ip: string | null): RateLimit => ({
  policy: 'stranger',
  key: `limit:stranger:${networkOf(ip ?? 'unknown')}`,
  ...LIMIT_STRANGER,
  closed: true,
  ahead: 1,
  remembered: true,
})

/**
 * Report pictures that one network loads: as many as strangers may ask for, counted apart from their other requests.
 */
export const viewerLimit = (config: Config, ip: string | null): RateLimit => ({
  ...strangerLimit(config, ip),
  key: `limit:viewer:${networkOf(ip ?? 'unknown')}`,
})

/** How many times LIMIT_ADDRESS the pages of one network have together: they are of many people. */
const PAGES_OF_A_NETWORK = 20

/**
 * Refreshes and sign-outs of all pages of one network, by genuine tokens. The sessions may have ended, and anybody can
 * make any number of those.
 */
export function pagesLimit(config: Config, ip: string | null): RateLimit {
  const one = addressLimit(config, ip)
  return { ...one, key: `limit:pages:${networkOf(ip ?? 'unknown')}`, quota: one.quota * PAGES_OF_A_NETWORK }
}

const digest = (...parts: string[]) => createHash('sha256').update(parts.join('\n')).digest('base64url')

/** Wrong passwords. The account may not exist, and the count must not reveal that. */
const guessLimit = (key: string, limit: Config['LIMIT_ACCOUNT']): RateLimit => ({
  policy: 'account',
  key: `limit:account:${key}`,
  ...limit,
  closed: true,
  ahead: 1,
  remembered: false,
})

/** Wrong current passwords of one account, when its signed-in user changes the password. */
export const accountLimit = ({ LIMIT_ACCOUNT }: Config, user_id: string): RateLimit =>
  guessLimit(digest(user_id), LIMIT_ACCOUNT)

/**
 * Wrong passwords at sign-in, counted three times: for the account from this network, from all
 * networks, and from this device (a network and a user agent). auth/devices.ts says which ones apply.
 */
export function signInLimits({ LIMIT_ACCOUNT, LIMIT_ACCOUNT_TOTAL }: Config, email: string, from: Device) {
  const at = networkOf(from.ip ?? 'unknown')
  return {
    network: guessLimit(digest('network', email, at), LIMIT_ACCOUNT),
    total: guessLimit(digest('total', email), LIMIT_ACCOUNT_TOTAL),
    device: guessLimit(digest('device', email, at, from.user_agent ?? ''), LIMIT_ACCOUNT),
  }
}
