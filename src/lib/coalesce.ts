/**
 * Returns a function that runs `work`, one run at a time. Calls during a run share one more run after it, because
 * the current one may have read too early. Each call gets the promise of a run that began after the call.
 */
export function coalesceCalls(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | null = null
  let next: Promise<void> | null = null
  const run = (): Promise<void> => {
    running = work().finally(() => {
      running = null
    })
    return running
  }
  return () => {
    if (next) return next
    if (!running) return run()
    next = running
      .catch(() => undefined)
      .then(() => {
        next = null
        return run()
      })
    return next
  }
}
