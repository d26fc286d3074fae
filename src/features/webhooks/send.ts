import type { Config } from '../../config/config.ts'
import { wrongAddress } from './address.ts'
import { askedPause } from './backoff.ts'
import { signed } from './sign.ts'

/** What of an answer is read, in bytes, and what of a failure is kept, in characters. */
const MAX_READ = 64 * 1024
const MAX_KEPT = 1_000

export type Target = { url: string; secrets: string[] }
export type Message = { id: string; body: string }
/** What came of an attempt. `status`: what was answered, null for nothing; `error`: why it failed, null when it did not. */
export type Outcome = { status: number | null; ms: number; error: string | null; response: string | null }
/** `pause_ms`: how long the receiver asks to be left alone. */
export type Sent = { outcome: Outcome; pause_ms: number }

type Settings = Pick<Config, 'WEBHOOKS_TO_LOOPBACK' | 'WEBHOOK_TIMEOUT_MS'>

/** How an answer begins: its first 64 KiB at most, as far as they come until the signal. The rest is not waited for. */
async function beginningOf(answer: Response, signal: AbortSignal): Promise<string> {
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

/** Postgres stores neither NUL nor half a character. */
const kept = (text: string) => text.slice(0, MAX_KEPT).replaceAll('\0', '').toWellFormed() || null

function failureOf({ status }: Response): string | null {
  if (status >= 200 && status < 300) return null
  return status >= 300 && status < 400 ? `answered ${status}: redirects are not followed` : `answered ${status}`
}

/** Sends one signed message. It never rejects: what goes wrong is the outcome. */
export async function send(settings: Settings, { url, secrets }: Target, { id, body }: Message): Promise<Sent> {
  const began = Date.now()
  const sent = (status: number | null, error: string | null, response: string | null = null, pause_ms = 0): Sent => ({
    outcome: { status, ms: Date.now() - began, error, response },
    pause_ms,
  })
  const wrong = wrongAddress(url, settings)
  if (wrong) return sent(null, `the URL ${wrong}`)
  const limit = new AbortController()
  const timer = setTimeout(() => limit.abort(), settings.WEBHOOK_TIMEOUT_MS)
  try {
    const answer = await fetch(url, {
      method: 'POST',
      body,
      headers: { 'Content-Type': 'application/json', 'User-Agent': 'FlowTrack', ...signed(secrets, id, body, began) },
      redirect: 'manual',
      signal: limit.signal,
    })
    const error = failureOf(answer)
    const text = await beginningOf(answer, limit.signal).catch(() => '') // its status has said what counts
    const pause_ms = askedPause(answer.status, answer.headers.get('Retry-After'), began)
    return sent(answer.status, error, error && kept(text), pause_ms)
  } catch {
    return sent(null, limit.signal.aborted ? 'did not answer in time' : 'could not be reached')
  } finally {
    clearTimeout(timer)
  }
}
