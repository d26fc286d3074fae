import { Buffer } from 'node:buffer'
import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Config } from '../../../config/config.ts'
import { AppError } from '../../../lib/errors.ts'
import { CALENDAR } from './schema.ts'

/**
 * What a picture or a calendar shows, and for whom its requests count: known without the database. When it expires is
 * in the row `id`.
 */
export type SignedLink = {
  id: string
  /** The maker; absent in old links, which do not name theirs. */
  user_id?: string
  /** Null: of what is assigned to the maker, in all their projects. */
  project_id: string | null
  /** The name of a report, or `calendar`. */
  report: string
  query: Record<string, string>
}

const hmacOf = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text)

/** 132 bits (22 characters) over the whole subject, by a key that signs nothing else. The query may have any order. */
function signatureOf(secret: string, { id, user_id, project_id, report, query }: SignedLink): string {
  const key = hmacOf(secret, 'key:report-links').digest()
  const entries = Object.entries(query).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return hmacOf(key, JSON.stringify([id, ...(user_id ? [user_id] : []), project_id, report, entries]))
    .digest('base64url')
    .slice(0, 22)
}

/** The signed path of a calendar or a picture. Without parameters, that of a picture ends in `.svg`, for some wikis. */
export function signedPathOf(config: Config, subject: SignedLink): string {
  const { id, user_id, project_id, report, query } = subject
  const search = new URLSearchParams(query).toString()
  const signature = signatureOf(config.JWT_SECRET, subject)
  const link = [id, user_id, signature].filter((part) => part !== undefined).join('.')
  if (report === CALENDAR) return `${project_id ? `/projects/${project_id}` : '/users/me'}/calendar.ics?link=${link}`
  return `/reports/pictures/${link}/${project_id}/${report}.svg${search && `?${search}`}`
}

const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/

/** What a link shows. Throws link_invalid unless it was signed with the current JWT_SECRET or the previous one. */
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
