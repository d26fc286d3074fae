import { getPathNoStrict } from 'hono/utils/url'

const SUFFIX = /^(\/reports\/.+)\.(json|csv|svg)$/

/**
 * The path by which a request is routed: without the slash at its end (the former clients end some
 * paths with one), and that of a report without its `.json`, `.csv` or `.svg`.
 */
export function pathWithoutFormat(request: Request): string {
  const path = getPathNoStrict(request)
  return SUFFIX.exec(path)?.[1] ?? path
}

/** The format at the end of a report's path; undefined if there is none. */
export const formatOfPath = (request: Request) =>
  SUFFIX.exec(getPathNoStrict(request))?.[2] as 'json' | 'csv' | 'svg' | undefined // the pattern has no others
