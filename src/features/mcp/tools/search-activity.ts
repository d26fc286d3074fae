import * as z from 'zod'
import { cutText } from '../../../lib/cut-text.ts'
import { ListActivity } from '../../board/schema.ts'
import { listActivity } from '../../board/service.ts'
import { ListNotifications } from '../../notifications/schema.ts'
import { listNotifications } from '../../notifications/service.ts'
import { Search } from '../../search/schema.ts'
import { searchTasks } from '../../search/service.ts'
import { projectRef } from '../refs.ts'
import { nextCursorOf, omitEmpty, page } from '../shapes.ts'
import { defineTool, parseInput } from '../tool.ts'
import { pageInputOf } from './projects.ts'

const find = defineTool({
  name: 'search',
  title: 'Search tasks',
  description:
    'Finds tasks whose title, description or comments have all the words, in one project or in all of yours that are not archived.',
  access: 'user',
  bound_keys: true,
  scope: 'read',
  input: z.object({
    words: z.string().max(200).meta({ description: 'Words or parts of them, or a number such as APO-12' }),
    project: projectRef.optional(),
    include_done: z.boolean().default(true),
    ...pageInputOf(50, 20),
  }),
  names: { q: 'words' },
  output: z.object({
    hits: z.array(
      z.object({
        number: z.string(),
        title: z.string(),
        status: z.string(),
        found_in: z.enum(['title', 'description', 'comment']),
        text: z.string().meta({ description: 'Where the words are' }),
        due_date: z.string().optional(),
      }),
    ),
    incomplete: z
      .literal(true)
      .optional()
      .meta({ description: 'Not all was searched: name a project, or use more words' }),
    ...page,
  }),
  run: async (ctx, { words, project, include_done, ...input }) => {
    const query = { ...input, project_id: project, q: words, include_done: include_done ? undefined : 'false' }
    const list = await searchTasks(ctx, parseInput(Search, query))
    const hits = list.items.map(({ number, title, status, snippet, due_date }) => ({
      number,
      title,
      status,
      found_in: snippet.field,
      text: snippet.text,
      ...omitEmpty({ due_date }),
    }))
    return { hits, ...omitEmpty({ incomplete: list.incomplete }), ...nextCursorOf(list) }
  },
})

/** UTF-16 code units of an old or new value that a change shows. */
const MAX_VALUE = 200
const shortenValue = (value: unknown) => {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return text.length > MAX_VALUE ? `${cutText(text, MAX_VALUE)}… (${text.length} characters)` : value
}

const activity = defineTool({
  name: 'activity_since',
  title: 'List changes since a seq',
  description:
    'Lists every change of a project after a seq, oldest first. Begin with the seq of get_board, and continue with the seq of each answer.',
  access: 'viewer',
  scope: 'read',
  input: z.object({ project: projectRef, since: z.int().min(0), limit: z.int().min(1).max(100).default(50) }),
  output: z.object({
    events: z.array(
      z.object({
        seq: z.int(),
        at: z.string(),
        user_id: z.string().optional(),
        action: z.string(),
        number: z.string().optional(),
        task_id: z.string().optional(),
        changes: z.record(z.string(), z.array(z.unknown())).meta({ description: 'By field: old value, new value' }),
      }),
    ),
    seq: z.int().meta({ description: 'The since of the next call' }),
    more: z.boolean(),
  }),
  run: async (ctx, { project, since, limit }) => {
    const { items, next_cursor } = await listActivity(ctx, project, parseInput(ListActivity, { since, limit }))
    const events = items.map(({ seq, created_at, user_id, action, task_id, data, changes }) => ({
      seq,
      at: created_at,
      action,
      changes: Object.fromEntries(Object.entries(changes).map(([field, both]) => [field, both.map(shortenValue)])),
      ...omitEmpty({ user_id, task_id, number: typeof data.number === 'string' ? data.number : undefined }),
    }))
    return { events, seq: items.at(-1)?.seq ?? since, more: next_cursor !== null }
  },
})

const textOf = (value: unknown) => (typeof value === 'string' ? value : undefined)

const notifications = defineTool({
  name: 'my_notifications',
  title: 'List my notifications',
  description:
    'Lists what concerns you: assignments, mentions, comments on tasks that you watch, due dates and more; newest first.',
  access: 'user',
  scope: 'read',
  input: z.object({ unread: z.boolean().default(true), ...pageInputOf(100, 25) }),
  output: z.object({
    unread_count: z.int(),
    notifications: z.array(
      z.object({
        kind: z.string(),
        at: z.string(),
        by: z.string().optional(),
        project: z.string().optional(),
        number: z.string().optional(),
        title: z.string().optional(),
        read: z.boolean(),
      }),
    ),
    ...page,
  }),
  run: async (ctx, { unread, ...input }) => {
    const list = await listNotifications(
      ctx,
      parseInput(ListNotifications, { ...input, unread: unread ? 'true' : undefined }),
    )
    const notifications = list.items.map(({ kind, created_at, actor, data, read_at }) => {
      const facts = data as Record<string, unknown>
      const [project, number, title] = [textOf(facts.project_key), textOf(facts.number), textOf(facts.title)]
      return { kind, at: created_at, read: read_at !== null, ...omitEmpty({ by: actor?.name, project, number, title }) }
    })
    return { unread_count: list.unread_count, notifications, ...nextCursorOf(list) }
  },
})

export const SEARCH_ACTIVITY_TOOLS = [find, activity, notifications]
