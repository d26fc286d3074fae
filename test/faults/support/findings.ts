import type { Injected } from './site.ts'

/** The results of a run. */
export interface Findings {
  /** What was done, in numbers. */
  figures?: Record<string, number>
  /** How often each fault was injected. All of them have to be: a run without one of them has shown nothing. */
  injected: Injected
  violations: string[]
}

/** Prints the results of a run. Returns whether it passed: each fault was injected, and there are no violations. */
export function printFindings(title: string, { figures = {}, injected, violations }: Findings): boolean {
  console.log(`\n${title}`)
  console.table({ ...figures, ...injected, violations: violations.length })
  for (const violation of violations.slice(0, 20)) console.error(`VIOLATION ${violation}`)
  const missing = Object.keys(injected).filter((kind) => injected[kind] === 0)
  if (missing.length > 0) console.error(`NEVER INJECTED ${missing.join(', ')}`)
  return violations.length === 0 && missing.length === 0
}

/** The seconds since then, as text. */
export const secondsSince = (then: Date): string => `${((Date.now() - then.getTime()) / 1_000).toFixed(0)} s`
