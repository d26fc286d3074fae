import type { Ctx } from '../../context.ts'
import { read } from '../../transaction/read.ts'
import { CALENDAR } from '../reports/links/schema.ts'
import { followLink } from '../reports/links/service.ts'
import { ofPerson, ofProject } from '../tables/queries.ts'
import { calendarText } from './events.ts'
import * as q from './queries.ts'

/** Who follows a link, and where this API is reached. */
type Visit = { ip: string | null; base: string }

/**
 * What is due in a project or, without one, of what is assigned to the maker of the link. Throws link_invalid, link_expired,
 * or link_revoked: withdrawn, or its maker may see it no more.
 */
export async function calendar(ctx: Ctx, link: string, project: string | null, { ip, base }: Visit): Promise<string> {
  const { id, user_id } = followLink(ctx, link, { project_id: project, report: CALENDAR, query: {} }, ip)
  const of = project === null ? ofPerson(user_id as string) : ofProject(project) // signed with its maker
  const [{ rows }] = await read(ctx, { project, link: id }, [q.selectDue(ctx.db.readOnly, of, project, ctx.now)])
  const { name, due } = rows[0] as NonNullable<(typeof rows)[0]>
  return calendarText(name ?? 'My tasks', due, base)
}
