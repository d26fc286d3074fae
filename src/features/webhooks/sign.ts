import { Buffer } from 'node:buffer'
import { createHmac, randomBytes } from 'node:crypto'

/*
 * Standard Webhooks (https://github.com/standard-webhooks/standard-webhooks, the specification, "Signature scheme").
 * Its library checks this in the tests; here the platform's HMAC does the same in native code.
 */

const PREFIX = 'whsec_'

/** A secret of 32 random bytes, as the specification writes it. */
export const newSecret = () => PREFIX + randomBytes(32).toString('base64')

/** The headers of a delivery: its id, the time `now` (epoch ms) in seconds, and a signature by each secret. */
export function signatureHeadersOf(
  secrets: readonly string[],
  id: string,
  body: string,
  now: number,
): Record<string, string> {
  const timestamp = String(Math.floor(now / 1_000))
  const signature = (secret: string) =>
    createHmac('sha256', Buffer.from(secret.slice(PREFIX.length), 'base64'))
      .update(`${id}.${timestamp}.${body}`)
      .digest('base64')
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': secrets.map((secret) => `v1,${signature(secret)}`).join(' '),
  }
}
