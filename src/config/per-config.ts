import type { Config } from './config.ts'

/**
 * Returns a function that makes a value once for each configuration, and keeps it as long as the configuration is in
 * use.
 */
export function makeOncePerConfig<T extends object>(make: (config: Config) => T): (config: Config) => T {
  const made = new WeakMap<Config, T>()
  return (config) => {
    const known = made.get(config) ?? make(config)
    made.set(config, known)
    return known
  }
}
