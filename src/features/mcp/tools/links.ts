import * as z from 'zod'
import { LINK_KINDS } from '../../../db/schema.ts'
import { linkTasks, listTaskLinks, unlinkTasks } from '../../links/service.ts'
import { unwatchTask, watchTask } from '../../watching/service.ts'
import { toOutcome } from '../idempotency.ts'
import { taskRef } from '../refs.ts'
import { omitEmpty } from '../shapes.ts'
import { defineTool } from '../tool.ts'

const Link = z.object({
  id: z.string(),
  kind: z.enum(LINK_KINDS),
  task: z.object({ number: z.string(), title: z.string(), status: z.string(), completed_at: z.string().optional() }),
})
type LinkRow = {
  id: string
  kind: (typeof LINK_KINDS)[number]
  task: { number: string; title: string; status: string; completed_at: string | null }
}
const linkOf = ({ id, kind, task: { number, title, status, completed_at } }: LinkRow) => ({
  id,
  kind,
  task: { number, title, status, ...omitEmpty({ completed_at }) },
})

const links = defineTool({
  name: 'list_links',
  title: 'List links of a task',
  description:
    'Lists the tasks that a task is linked to, and how: what it blocks, what blocks it, what it relates to. `hidden`: links to tasks in projects that you do not see.',
  access: 'viewer',
  scope: 'read',
  input: z.object({ task: taskRef }),
  output: z.object({ links: z.array(Link), hidden: z.array(Link.omit({ task: true })).optional() }),
  run: async (ctx, { task }) => {
    const { items, hidden } = await listTaskLinks(ctx, task)
    return { links: items.map(linkOf), ...(hidden.length > 0 && { hidden }) }
  },
})

const link = defineTool({
  name: 'link_tasks',
  title: 'Link two tasks',
  description: 'Links two tasks: `task` blocks, relates to or duplicates `other`.',
  access: 'contributor',
  scope: 'write',
  keyed: 'given',
  input: z.object({ task: taskRef, kind: z.enum(['blocks', 'relates', 'duplicates']), other: taskRef }),
  names: { task_id: 'other' },
  output: Link,
  run: async (ctx, { task, kind, other }) =>
    linkOf((await toOutcome(linkTasks(ctx, task, { kind, task_id: other }))).row),
})

const done = z.object({ done: z.literal(true) })
const DONE = { done: true } as const

const unlink = defineTool({
  name: 'unlink_tasks',
  title: 'Remove a link',
  description: 'Removes a link from both tasks; list_links shows link_id as id.',
  access: 'contributor',
  scope: 'write',
  destructive: true,
  input: z.object({ link_id: z.uuid() }),
  output: done,
  run: async (ctx, { link_id }) => {
    await unlinkTasks(ctx, link_id.toLowerCase())
    return DONE
  },
})

const watch = defineTool({
  name: 'watch_task',
  title: 'Watch a task',
  description: 'Notifies you of comments on the task from now on.',
  access: 'viewer',
  scope: 'write',
  input: z.object({ task: taskRef }),
  output: done,
  run: async (ctx, { task }) => {
    await watchTask(ctx, task)
    return DONE
  },
})

const unwatch = defineTool({
  name: 'unwatch_task',
  title: 'Stop watching a task',
  description: 'Stops notifications of comments on a task, until you comment on it or are assigned again.',
  access: 'viewer',
  scope: 'write',
  input: z.object({ task: taskRef }),
  output: done,
  run: async (ctx, { task }) => {
    await unwatchTask(ctx, task)
    return DONE
  },
})

export const LINK_TOOLS = [links, link, unlink, watch, unwatch]
