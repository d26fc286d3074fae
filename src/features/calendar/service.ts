import type { Ctx } from '../../context.ts'
import { read } from '../../transaction/read.ts'
import { CALENDAR } from '../reports/links/schema.ts'
import { followLink } from '../reports/links/service.ts'
import { isAssignedTo, isInProject } from '../task-csv/queries.ts'
import { toCalendar } from './events.ts'
import * as q from './queries.ts'

/** The IP address of whoever follows a link, and the URL of this API. */
type Visit = { ip: string | null; base: string }

/**
 * Returns the calendar of a project as text (RFC 5545); or, if `project` is null, of the tasks that are assigned to the
 * maker of the link. Throws link_invalid, link_expired, or link_revoked (it was withdrawn, or its maker has lost
 * access).
 */
export async function getCalendar(
  ctx: Ctx,
  link: string,
  project: string | null,
  { ip, base }: Visit,
): Promise<string> {
  const asked = { project_id: project, report: CALENDAR, query: {} }
  return followLink(ctx, link, asked, ip, async ({ id, user_id }) => {
    // A link without a project is signed with its maker's id.
    const of = project === null ? isAssignedTo(user_id as string) : isInProject(project)
    const [{ rows }] = await read(ctx, { project, link: id }, [q.selectDue(ctx.db.readOnly, of, project, ctx.now)])
    const { name, found, due } = rows[0] as NonNullable<(typeof rows)[0]>
    return toCalendar(name ?? 'My tasks', due, found, base)
  })
}
