type Fetch = typeof fetch

export type RetryOptions = {
  /** The function that sends each attempt; the platform's own `fetch` by default. */
  fetch?: Fetch
  /** How often a request is sent in all; 6 if left out. */
  attempts?: number
  /** After how many milliseconds an attempt without an answer counts as lost; 20,000 if left out. */
  timeout_ms?: number
  /**
   * The longest wait between two attempts, in milliseconds; 5,000 if left out. An answer that asks for a longer wait is
   * returned.
   */
  max_wait_ms?: number
  /** Replaces the timer, in tests. */
  sleep?: (ms: number) => Promise<unknown>
  /** Replaces Math.random, in tests. */
  random?: () => number
}

const FIRST_WAIT_MS = 200

/** Answers of a gateway, and of FlowTrack when its database fails: whether the write happened is not known. */
const UNKNOWN = [502, 503, 504]

/**
 * Whether a request may be sent again: a POST or a move with an Idempotency-Key. Set a key only where the operation
 * takes one.
 */
function isRepeatable({ method, headers, url }: Request): boolean {
  const keepsKeys = method === 'POST' || (method === 'PATCH' && new URL(url).pathname.endsWith('/move'))
  return keepsKeys && headers.has('Idempotency-Key')
}

/** Whether this answer leaves open what became of the write. */
async function isLost(response: Response): Promise<boolean> {
  if (UNKNOWN.includes(response.status)) return true
  if (response.status !== 409) return false
  const problem = (await response
    .clone()
    .json()
    .catch(() => null)) as { code?: unknown } | null
  return problem?.code === 'idempotency_in_flight'
}

/**
 * The wait in milliseconds that an answer asks for by Retry-After (RFC 9110, 10.2.3), which our server gives in
 * seconds; 0 for none.
 */
const askedWait = (response: Response | undefined) => Number(response?.headers.get('Retry-After') ?? 0) * 1000 || 0

/** Milliseconds to wait: exponential, with full jitter so that clients that failed together don't return together. */
const jitterOf = (attempt: number, { max_wait_ms, random }: Required<Pick<RetryOptions, 'max_wait_ms' | 'random'>>) =>
  random() * Math.min(max_wait_ms, FIRST_WAIT_MS * 2 ** attempt)

/**
 * Makes one attempt, and returns the answer or the failure to get one. Throws when the caller aborts. The timer holds
 * the request: Node may collect an `AbortSignal.timeout` that only a Request has, and then the timeout never comes.
 */
async function attempt(send: Fetch, request: Request, timeout_ms: number): Promise<Response | Error> {
  const timeout = new AbortController()
  const sent = new Request(request.clone(), { signal: AbortSignal.any([request.signal, timeout.signal]) })
  const abort = (_held: Request) => timeout.abort(new DOMException('The answer did not come in time', 'TimeoutError'))
  const timer = setTimeout(abort, timeout_ms, sent) as { unref?(): void }
  timer.unref?.() // in Node, where it would keep the process alive
  try {
    return await send(sent)
  } catch (error) {
    request.signal.throwIfAborted()
    return error instanceof Error ? error : new Error(String(error))
  }
}

/**
 * A `fetch` that sends a write again, with the same Idempotency-Key, when its answer was lost: the connection broke,
 * the answer is 502, 503 or 504, or the first attempt is still running. A request without a key gets its failure at
 * once, as a repeat might take effect twice. After the last attempt: returns its answer, or throws its failure.
 */
export function withRetry(options: RetryOptions = {}): Fetch {
  const { attempts = 6, timeout_ms = 20_000, max_wait_ms = 5_000, random = Math.random } = options
  const sleep = options.sleep ?? ((ms: number) => new Promise((resolve) => setTimeout(resolve, ms)))
  const send: Fetch = (input, init) => (options.fetch ?? fetch)(input, init) // looked up late: it may be replaced
  return async (input, init) => {
    const request = new Request(input, init)
    if (!isRepeatable(request)) return send(request)
    for (let sent = 1; ; sent += 1) {
      const outcome = await attempt(send, request, timeout_ms)
      const response = outcome instanceof Response ? outcome : undefined
      const asked = askedWait(response)
      const over = sent >= attempts || asked > max_wait_ms || (response && !(await isLost(response)))
      if (over && response) return response
      if (over) throw outcome
      await response?.body?.cancel()
      await sleep(asked + jitterOf(sent - 1, { max_wait_ms, random }))
      request.signal.throwIfAborted()
    }
  }
}

/** Makes a write happen once, however often it has to be sent: `api.POST('/tasks', { body, ...keyed() })`. */
export const keyed = (key: string = crypto.randomUUID()) => ({ headers: { 'Idempotency-Key': key } })
