import { Buffer } from 'node:buffer'
import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Config } from '../../../config/config.ts'
import { AppError } from '../../../lib/errors.ts'
import { CALENDAR } from './schema.ts'

/**
 * All that a picture or a calendar depends on, and whose requests it counts as: that is known before the database is
 * asked. Until when it is shown is in the row that `id` names.
 */
export type SignedLink = {
  id: string
  /** Absent in links from before they named their maker. */
  user_id?: string
  /** Null: of what is assigned to the maker, in all their projects. */
  project_id: string | null
  /** The name of a report, or `calendar`. */
  report: string
  query: Record<string, string>
}

const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text)

/** 128 bits over the whole subject, by a key that signs nothing else. The order of the query is no matter. */
function signatureOf(secret: string, { id, user_id, project_id, report, query }: SignedLink): string {
  const key = hmac(secret, 'key:report-links').digest()
  const entries = Object.entries(query).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return hmac(key, JSON.stringify([id, ...(user_id ? [user_id] : []), project_id, report, entries]))
    .digest('base64url')
    .slice(0, 22)
}

/** The path of a calendar, or of a picture, signed. A picture with nothing to ask ends in `.svg`, as some wikis want it. */
export function linkTo(config: Config, subject: SignedLink): string {
  const { id, user_id, project_id, report, query } = subject
  const search = new URLSearchParams(query).toString()
  const signature = signatureOf(config.JWT_SECRET, subject)
  const link = [id, user_id, signature].filter((part) => part !== undefined).join('.')
  if (report === CALENDAR) return `${project_id ? `/projects/${project_id}` : '/users/me'}/calendar.ics?link=${link}`
  return `/reports/pictures/${link}/${project_id}/${report}.svg${search && `?${search}`}`
}

const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/

/** What a path shows that we signed, with this key or the one before. Throws link_invalid. */
export function signedLinkOf(config: Config, link: string, asked: Omit<SignedLink, 'id' | 'user_id'>): SignedLink {
  const parts = link.split('.')
  const signature = parts.at(-1) ?? ''
  const [id = '', user_id, ...more] = parts.slice(0, -1)
  const subject = { ...asked, id, user_id }
  const secrets = [config.JWT_SECRET, config.JWT_SECRET_PREVIOUS].filter((secret) => secret !== undefined)
  const given = Buffer.from(signature)
  const genuine = secrets.some((secret) => {
    const expected = Buffer.from(signatureOf(secret, subject))
    return given.length === expected.length && timingSafeEqual(given, expected)
  })
  if (!genuine || more.length > 0 || !UUID.test(id)) throw new AppError('link_invalid')
  return subject
}
