import * as z from 'zod'
import { pageOf } from '../../lib/answers.ts'
import { id } from '../../lib/fields.ts'
import { Task } from '../tasks/answers.ts'

const Snippet = z
  .object({
    field: z.enum(['title', 'description', 'comment']),
    text: z.string().meta({ description: 'An excerpt, as plain text, not HTML' }),
    highlights: z.array(z.tuple([z.int(), z.int()])).meta({
      description: 'Where it matches: start and end (exclusive), in UTF-16 code units as JavaScript counts them',
    }),
  })
  .meta({ id: 'Snippet', example: { field: 'title', text: 'Say hello', highlights: [[4, 9]] } })
export type Snippet = z.infer<typeof Snippet>

export const SearchHit = z
  .object({
    ...Task.pick({
      id: true,
      project_id: true,
      number: true,
      title: true,
      status: true,
      priority: true,
      assignee_ids: true,
      due_date: true,
      completed_at: true,
      updated_at: true,
    }).shape,
    comment_id: id.nullable().meta({ description: 'The comment in which it was found' }),
    snippet: Snippet,
  })
  .meta({ id: 'SearchHit' })
export const SearchPage = pageOf(SearchHit)
  .extend({
    incomplete: z.literal(true).optional().meta({
      description:
        'Only if you have more than 500 projects, or more than 2,000 texts match: the others were not searched. Name a project, or use more words',
    }),
  })
  .meta({ id: 'SearchPage' })
