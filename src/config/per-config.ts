import type { Config } from './config.ts'

/** What an isolate makes once of a deployment's configuration, and keeps as long as that. */
export function perConfig<T extends object>(make: (config: Config) => T): (config: Config) => T {
  const made = new WeakMap<Config, T>()
  return (config) => {
    const known = made.get(config) ?? make(config)
    made.set(config, known)
    return known
  }
}
