import * as z from 'zod'

/** `https://app.example.com`, `http://localhost:*` (any port), or an app's own scheme: `tauri://localhost`. */
const ORIGIN = /^[a-z][a-z\d+.-]*:\/\/[^\s/?#@*]+(?::\*)?$/i

/** The origins that CORS_ORIGINS lists, as browsers write them: host in lower case, no slash at the end. */
export const origins = z
  .string()
  .default('')
  .transform((list) =>
    list
      .split(',')
      .map((origin) => origin.trim().toLowerCase())
      .filter(Boolean)
      .map((origin) => (origin.endsWith('/') ? origin.slice(0, -1) : origin)),
  )
  .refine((list) => list.every((origin) => ORIGIN.test(origin)), {
    error: 'each must be an origin with its scheme and without a path, such as https://app.example.com',
  })

const PORT = /:\d{1,5}$/

/** Whether a page of this origin may send requests and open sockets. */
export const isAllowed = (allowed: string[], origin: string) =>
  !origin.endsWith(':*') && (allowed.includes(origin) || allowed.includes(`${origin.replace(PORT, '')}:*`))
