import type { Config } from '../../config/config.ts'
import { addressErrorOf } from './address.ts'
import { retryPauseOf } from './retry.ts'
import { signatureHeadersOf } from './sign.ts'

/** How much of an answer is read, in bytes; and how much of a failure is kept, in UTF-16 code units. */
const MAX_READ = 64 * 1024
const MAX_KEPT = 1_000

/** Where a message goes, and what signs it. `previous`: the secret before, while receivers may still use it. */
export type Target = { url: string; secret: string; previous: string | null }
export type Message = { id: string; body: string }
/** The outcome of an attempt. `status`: null without an answer; `error`: why it failed, null when it did not. */
export type Outcome = { status: number | null; ms: number; error: string | null; response: string | null }
/** `pause_ms`: how long the receiver asks to wait before the next attempt. */
export type Sent = { outcome: Outcome; pause_ms: number }

type Settings = Pick<Config, 'WEBHOOKS_TO_LOOPBACK' | 'WEBHOOK_TIMEOUT_MS'>

/**
 * The beginning of an answer: what comes of its first MAX_READ bytes before the signal aborts. The rest is cancelled.
 */
async function readBeginning(answer: Response, signal: AbortSignal): Promise<string> {
  const reader = answer.body?.getReader()
  const decoder = new TextDecoder()
  let [text, bytes] = ['', 0]
  try {
    while (reader && bytes < MAX_READ) {
      const { value, done } = await reader.read()
      if (done) return text
      bytes += value.byteLength
      if (text.length < MAX_KEPT) text += decoder.decode(value, { stream: true })
    }
  } catch (error) {
    if (!signal.aborted) throw error
  }
  await reader?.cancel().catch(() => undefined)
  return text
}

/** A text as Postgres can store it, without NUL or half a surrogate pair; null when it is empty. */
const toStored = (text: string) => text.slice(0, MAX_KEPT).replaceAll('\0', '').toWellFormed() || null

function failureOf({ status }: Response): string | null {
  if (status >= 200 && status < 300) return null
  return status >= 300 && status < 400 ? `answered ${status}: redirects are not followed` : `answered ${status}`
}

/** Sends one signed message. It never rejects: a failure is an outcome. */
export async function sendMessage(settings: Settings, target: Target, { id, body }: Message): Promise<Sent> {
  const { url, secret, previous } = target
  const began = Date.now()
  const toSent = (status: number | null, error: string | null, response: string | null = null, pause_ms = 0): Sent => ({
    outcome: { status, ms: Date.now() - began, error, response },
    pause_ms,
  })
  const wrong = addressErrorOf(url, settings)
  if (wrong) return toSent(null, `the URL ${wrong}`)
  const limit = new AbortController()
  const timer = setTimeout(() => limit.abort(), settings.WEBHOOK_TIMEOUT_MS)
  try {
    const answer = await fetch(url, {
      method: 'POST',
      body,
      headers: {
        'Content-Type': 'application/json',
        'User-Agent': 'FlowTrack',
        ...signatureHeadersOf(previous ? [secret, previous] : [secret], id, body, began),
      },
      redirect: 'manual',
      signal: limit.signal,
    })
    const error = failureOf(answer)
    const text = await readBeginning(answer, limit.signal).catch(() => '') // only the status matters
    const pause_ms = retryPauseOf(answer.status, answer.headers.get('Retry-After'), began)
    return toSent(answer.status, error, error && toStored(text), pause_ms)
  } catch {
    return toSent(null, limit.signal.aborted ? 'did not answer in time' : 'could not be reached')
  } finally {
    clearTimeout(timer)
  }
}
