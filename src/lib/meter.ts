/** `requests`: how many were sent; `ms`: how long they took in all; `bytes`: sent and received, roughly. */
export type Spent = { requests: number; ms: number; bytes: number }
/** The network requests on a request's critical path (I1). */
export type Meter = Record<'db' | 'cache', Spent>

export const newMeter = (): Meter => ({
  db: { requests: 0, ms: 0, bytes: 0 },
  cache: { requests: 0, ms: 0, bytes: 0 },
})

/** Counts one network request and its time in milliseconds, failed ones too. */
export async function meterRequest<T>(spent: Spent, send: () => Promise<T>): Promise<T> {
  const start = Date.now()
  spent.requests += 1
  try {
    return await send()
  } finally {
    spent.ms += Date.now() - start
  }
}

/** `Server-Timing: db;dur=12;desc="1"`: milliseconds and round trips (W3C Server Timing). */
export const serverTimingOf = (meter: Meter) =>
  Object.entries(meter)
    .map(([name, { requests, ms }]) => `${name};dur=${ms};desc="${requests}"`)
    .join(', ')
