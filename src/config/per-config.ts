import type { Config } from './config.ts'

/** Makes a value once for a configuration, and keeps it as long as that configuration is in use. */
export function perConfig<T extends object>(make: (config: Config) => T): (config: Config) => T {
  const made = new WeakMap<Config, T>()
  return (config) => {
    const known = made.get(config) ?? make(config)
    made.set(config, known)
    return known
  }
}
