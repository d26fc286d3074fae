import * as z from 'zod'
import { CreateChecklist, CreateItem, ListChecklists, UpdateItem } from '../../checklists/schema.ts'
import { createChecklist, createChecklistItem, listChecklists, updateChecklistItem } from '../../checklists/service.ts'
import { ListComments, WriteComment } from '../../comments/schema.ts'
import { createComment, listComments } from '../../comments/service.ts'
import { clearOf, emptiedBy } from '../clear.ts'
import { toOutcome } from '../idempotency.ts'
import { personIdOf, personRef, taskRef } from '../refs.ts'
import { cut, nextCursorOf, omitEmpty, page } from '../shapes.ts'
import { defineTool, parseInput } from '../tool.ts'
import { pageInputOf } from './projects.ts'

const Comment = z.object({
  id: z.string(),
  by: z.string().optional(),
  at: z.string(),
  text: z.string(),
  length: z
    .int()
    .optional()
    .meta({ description: 'The length of the whole text; only if text is a part of it: send a larger max_chars' }),
})

const comments = defineTool({
  name: 'list_comments',
  title: 'List comments',
  description: 'Lists the comments on a task, by default the newest first.',
  access: 'viewer',
  scope: 'read',
  input: z.object({
    task: taskRef,
    sort: z.enum(['created_at', '-created_at']).default('-created_at'),
    max_chars: z.int().min(100).max(20_000).default(2_000).meta({ description: 'Of each comment' }),
    ...pageInputOf(100, 20),
  }),
  output: z.object({ comments: z.array(Comment), ...page }),
  run: async (ctx, { task, max_chars, ...input }) => {
    const list = await listComments(ctx, task, parseInput(ListComments, input))
    const comments = list.items.map(({ id, user, created_at, body }) => {
      const { text, of } = cut(body, max_chars)
      return { id, at: created_at, text, ...omitEmpty({ by: user?.name, length: of }) }
    })
    return { comments, ...nextCursorOf(list) }
  },
})

const comment = defineTool({
  name: 'comment',
  title: 'Comment on a task',
  description:
    'Adds a comment to a task, in Markdown. @[Name](user:<id>) mentions a member, who is then notified. The same call within the same ten minutes of the clock (12:00 to 12:10) creates no second comment, but returns replayed. For a longer time, send idempotency_key.',
  access: 'commenter',
  scope: 'write',
  keyed: 'derived',
  input: z.object({ task: taskRef, text: z.string().max(20_000) }),
  names: { body: 'text' },
  output: z.object({ id: z.string(), at: z.string() }),
  run: async (ctx, { task, text }) => {
    const { row } = await toOutcome(createComment(ctx, task, parseInput(WriteComment, { body: text })))
    return { id: row.id, at: row.created_at }
  },
})

const Item = z.object({
  id: z.string(),
  text: z.string(),
  done: z.boolean(),
  assignee_id: z.string().optional(),
  due_date: z.string().optional(),
})
type ItemRow = { id: string; text: string; done: boolean; assignee_id: string | null; due_date: string | null }
const itemOf = ({ id, text, done, assignee_id, due_date }: ItemRow) => ({
  id,
  text,
  done,
  ...omitEmpty({ assignee_id, due_date }),
})

const checklists = defineTool({
  name: 'list_checklists',
  title: 'List checklists',
  description: 'Lists the checklists of a task with their items.',
  access: 'viewer',
  scope: 'read',
  input: z.object({ task: taskRef, ...pageInputOf(100, 50) }),
  output: z.object({
    checklists: z.array(z.object({ id: z.string(), title: z.string(), items: z.array(Item) })),
    ...page,
  }),
  run: async (ctx, { task, ...input }) => {
    const list = await listChecklists(ctx, task, parseInput(ListChecklists, input))
    const checklists = list.items.map(({ id, title, items }) => ({ id, title, items: items.map(itemOf) }))
    return { checklists, ...nextCursorOf(list) }
  },
})

const addChecklist = defineTool({
  name: 'add_checklist',
  title: 'Add a checklist',
  description: 'Adds an empty checklist to a task: add_checklist_item fills it.',
  access: 'contributor',
  scope: 'write',
  keyed: 'derived',
  input: z.object({ task: taskRef, title: z.string().max(200) }),
  output: z.object({ id: z.string(), title: z.string() }),
  run: async (ctx, { task, title }) => {
    const { row } = await toOutcome(createChecklist(ctx, task, parseInput(CreateChecklist, { title })))
    return { id: row.id, title: row.title }
  },
})

const fields = {
  assignee: personRef.optional(),
  due_date: z.string().optional().meta({ description: 'Such as 2026-12-24' }),
}

const addItem = defineTool({
  name: 'add_checklist_item',
  title: 'Add an item to a checklist',
  description: 'Adds an item at the end of a checklist; list_checklists and add_checklist return checklist_id as id.',
  access: 'contributor',
  scope: 'write',
  keyed: 'derived',
  input: z.object({ checklist_id: z.uuid(), text: z.string().max(500), ...fields }),
  names: { assignee_id: 'assignee' },
  output: Item,
  run: async (ctx, { checklist_id, text, assignee, due_date }) => {
    const item = parseInput(CreateItem, { text, due_date, assignee_id: assignee && personIdOf(ctx, assignee) })
    return itemOf((await toOutcome(createChecklistItem(ctx, checklist_id.toLowerCase(), item))).row)
  },
})

const setItem = defineTool({
  name: 'set_checklist_item',
  title: 'Tick or edit an item of a checklist',
  description:
    'Ticks or unticks an item of a checklist, or changes its text, assignee or due date; clear removes the assignee or the due date.',
  access: 'contributor',
  scope: 'write',
  destructive: true, // it replaces texts
  input: z.object({
    item_id: z.uuid(),
    done: z.boolean().optional(),
    text: z.string().max(500).optional(),
    ...fields,
    clear: clearOf(['assignee', 'due_date']),
  }),
  names: { assignee_id: 'assignee' },
  output: Item,
  run: async (ctx, { item_id, ...input }) => {
    const { assignee, clear: _, ...changes } = input
    const assignee_id = assignee && personIdOf(ctx, assignee)
    const item = parseInput(UpdateItem, { ...changes, assignee_id, ...emptiedBy(input) })
    return itemOf((await updateChecklistItem(ctx, item_id.toLowerCase(), item)).row)
  },
})

export const COMMENT_CHECKLIST_TOOLS = [comments, comment, checklists, addChecklist, addItem, setItem]
