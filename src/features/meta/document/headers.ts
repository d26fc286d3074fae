/** The headers of answers: each is described once, and every operation refers to it. */

type HeaderDescription = { description: string; schema: { type: 'string' | 'integer' }; example?: string | number }

const text = (description: string, example?: string): HeaderDescription => ({
  description,
  schema: { type: 'string' },
  ...(example !== undefined && { example }),
})
const integer = (description: string, example: number): HeaderDescription => ({
  description,
  schema: { type: 'integer' },
  example,
})

export const HEADERS = {
  'X-Request-Id': text('The id of this request, also in the log and in `instance` of a problem'),
  'Server-Timing': text(
    'Time (`dur`, in ms) and number of requests (`desc`) to the database and the cache',
    'db;dur=12;desc="1", cache;dur=3;desc="1"',
  ),
  RateLimit: text('Remaining requests (`r`), seconds until the window ends (`t`)', '"user";r=599;t=42'),
  'RateLimit-Policy': text('The rate limit (`q`) and its window in seconds (`w`)', '"user";q=600;w=60'),
  'Retry-After': integer('Seconds after which to try again', 2),
  'WWW-Authenticate': text(
    'Which credential is required, and what is wrong with the one that was sent',
    'Bearer realm="flowtrack"',
  ),
  Allow: text('The methods of the path, with a 405', 'GET, HEAD, PATCH, OPTIONS'),
  ETag: text('The version of the resource: send it as If-None-Match or If-Match', '"42"'),
  'FlowTrack-Seq': integer("The project's seq: at which this answer is true, or after this write", 42),
  Link: text('The next page of the list (RFC 8288); absent on the last one', '</tasks?cursor=WyJhIl0>; rel="next"'),
  Location: text('The address of what was created', '/tasks/01939f5e-7c5a-7b3e-8f4e-2d1c0b9a8f7e'),
  'Content-Disposition': text('A name for the file', 'attachment; filename="burndown.csv"'),
  'Idempotency-Replayed': text('`true`: the stored answer to the first request with this Idempotency-Key', 'true'),
} satisfies Record<string, HeaderDescription>

export type HeaderName = keyof typeof HEADERS

/** Short names in `components` for headers that every answer refers to: these references are most of the document. */
const SHORT: Partial<Record<HeaderName, string>> = {
  'X-Request-Id': 'Id',
  'Server-Timing': 'Spent',
  RateLimit: 'Limit',
  'RateLimit-Policy': 'Policy',
  'FlowTrack-Seq': 'Seq',
  'Idempotency-Replayed': 'Replayed',
  'WWW-Authenticate': 'Challenge',
}
const componentOf = (name: HeaderName) => SHORT[name] ?? name

/** The headers as `components` has them. */
export const headerComponents = Object.fromEntries(
  Object.entries(HEADERS).map(([name, header]) => [componentOf(name as HeaderName), header]),
)

/** References to headers, as a response has them. */
export const headersNamed = (names: HeaderName[]) =>
  Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${componentOf(name)}` as const }]))

/** Headers of every answer, and of every answer of a rate-limited route. */
export const EVERYWHERE: HeaderName[] = ['X-Request-Id', 'Server-Timing']
export const LIMITS: HeaderName[] = ['RateLimit', 'RateLimit-Policy']
