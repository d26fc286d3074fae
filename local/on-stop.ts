const SIGNALS = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 }

/** Calls `stop`, perhaps more than once, when this process is asked to end: with the exit code a shell would report. */
export function onStop(stop: (code: number) => void): void {
  for (const [name, code] of Object.entries(SIGNALS)) process.on(name, () => stop(code))
  // `npm run` sends a SIGTERM to its shell only, which ends without passing it on.
  const parent = process.ppid
  if (process.env.npm_lifecycle_event) setInterval(() => process.ppid === parent || stop(SIGNALS.SIGTERM), 500).unref()
}
