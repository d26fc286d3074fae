import * as z from 'zod'
import { CreateChecklist, CreateItem, ListChecklists, UpdateItem } from '../../checklists/schema.ts'
import { createChecklist, createItem, listChecklists, updateItem } from '../../checklists/service.ts'
import { ListComments, WriteComment } from '../../comments/schema.ts'
import { createComment, listComments } from '../../comments/service.ts'
import { orReplayed } from '../keys.ts'
import { personId, personRef, taskRef } from '../refs.ts'
import { cut, nextOf, page, present } from '../shapes.ts'
import { checked, tool } from '../tool.ts'
import { paged } from './projects.ts'

const replayed = z
  .literal(true)
  .optional()
  .meta({ description: 'This very call was made before; nothing was done again' })

const Comment = z.object({
  id: z.string(),
  by: z.string().optional(),
  at: z.string(),
  text: z.string(),
  length: z.int().optional().meta({ description: 'Only when text is not all of it: ask with a larger max_chars' }),
})

const comments = tool({
  name: 'list_comments',
  title: 'List comments',
  description: 'Lists what was said on a task, the newest first.',
  access: 'viewer',
  scope: 'read',
  input: z.object({
    task: taskRef,
    sort: z.enum(['created_at', '-created_at']).default('-created_at'),
    max_chars: z.int().min(100).max(20_000).default(2_000).meta({ description: 'Of each comment' }),
    ...paged(100, 20),
  }),
  output: z.object({ comments: z.array(Comment), ...page }),
  run: async (ctx, { task, max_chars, ...input }) => {
    const list = await listComments(ctx, task, checked(ListComments, input))
    const comments = list.items.map(({ id, user, created_at, body }) => {
      const { text, of } = cut(body, max_chars)
      return { id, at: created_at, text, ...present({ by: user?.name, length: of }) }
    })
    return { comments, ...nextOf(list) }
  },
})

const comment = tool({
  name: 'comment',
  title: 'Comment on a task',
  description:
    'Says something on a task, in Markdown. @[Name](user:<id>) mentions a member, who is then notified. The same call within ten minutes makes one comment.',
  access: 'commenter',
  scope: 'write',
  keyed: 'derived',
  input: z.object({ task: taskRef, text: z.string().max(20_000) }),
  output: z.object({ id: z.string(), at: z.string(), replayed }),
  run: async (ctx, { task, text }) => {
    const { row, ...written } = await orReplayed(createComment(ctx, task, checked(WriteComment, { body: text })))
    return { id: row.id, at: row.created_at, ...present({ replayed: written.replayed }) }
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
  ...present({ assignee_id, due_date }),
})

const checklists = tool({
  name: 'list_checklists',
  title: 'List checklists',
  description: 'Lists the checklists of a task with their items.',
  access: 'viewer',
  scope: 'read',
  input: z.object({ task: taskRef, ...paged(100, 50) }),
  output: z.object({
    checklists: z.array(z.object({ id: z.string(), title: z.string(), items: z.array(Item) })),
    ...page,
  }),
  run: async (ctx, { task, ...input }) => {
    const list = await listChecklists(ctx, task, checked(ListChecklists, input))
    const checklists = list.items.map(({ id, title, items }) => ({ id, title, items: items.map(itemOf) }))
    return { checklists, ...nextOf(list) }
  },
})

const addChecklist = tool({
  name: 'add_checklist',
  title: 'Add a checklist',
  description: 'Adds an empty checklist to a task: add_checklist_item fills it.',
  access: 'contributor',
  scope: 'write',
  keyed: 'derived',
  input: z.object({ task: taskRef, title: z.string().max(200) }),
  output: z.object({ id: z.string(), title: z.string(), replayed }),
  run: async (ctx, { task, title }) => {
    const { row, ...written } = await orReplayed(createChecklist(ctx, task, checked(CreateChecklist, { title })))
    return { id: row.id, title: row.title, ...present({ replayed: written.replayed }) }
  },
})

const fields = {
  assignee: personRef.optional(),
  due_date: z.string().optional().meta({ description: 'As 2026-12-24' }),
}

const addItem = tool({
  name: 'add_checklist_item',
  title: 'Add an item to a checklist',
  description: 'Adds an item at the end of a checklist, which list_checklists or add_checklist names by its id.',
  access: 'contributor',
  scope: 'write',
  keyed: 'derived',
  input: z.object({ checklist_id: z.uuid(), text: z.string().max(500), ...fields }),
  output: Item.extend({ replayed }),
  run: async (ctx, { checklist_id, text, assignee, due_date }) => {
    const item = checked(CreateItem, { text, due_date, assignee_id: assignee && personId(ctx, assignee) })
    const { row, ...written } = await orReplayed(createItem(ctx, checklist_id.toLowerCase(), item))
    return { ...itemOf(row), ...present({ replayed: written.replayed }) }
  },
})

const setItem = tool({
  name: 'set_checklist_item',
  title: 'Tick or edit an item of a checklist',
  description: 'Ticks an item of a checklist, takes the tick off, or changes its text, person or day.',
  access: 'contributor',
  scope: 'write',
  input: z.object({ item_id: z.uuid(), done: z.boolean().optional(), text: z.string().max(500).optional(), ...fields }),
  output: Item,
  run: async (ctx, { item_id, assignee, ...changes }) => {
    const item = checked(UpdateItem, { ...changes, assignee_id: assignee && personId(ctx, assignee) })
    return itemOf((await updateItem(ctx, item_id.toLowerCase(), item)).row)
  },
})

export const COMMENT_CHECKLIST_TOOLS = [comments, comment, checklists, addChecklist, addItem, setItem]
