const SIGNALS = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 }

/** Calls back, with the exit code that a shell would give, each time that somebody wants this process to end. */
export function onStop(stop: (code: number) => void): void {
  for (const [name, code] of Object.entries(SIGNALS)) process.on(name, () => stop(code))
  // `npm run` hands a SIGTERM to its shell, which ends without telling us.
  const parent = process.ppid
  if (process.env.npm_lifecycle_event) setInterval(() => process.ppid === parent || stop(SIGNALS.SIGTERM), 500).unref()
}
