import * as z from 'zod'
import type { Ctx } from '../../../context.ts'
import { PROJECT_ROLES, PROJECT_STATUSES } from '../../../db/schema.ts'
import { parseText } from '../../../transaction/cached-read.ts'
import { getBoard } from '../../board/service.ts'
import { ListMembers } from '../../members/schema.ts'
import { listMembers } from '../../members/service.ts'
import { ListProjects } from '../../projects/schema.ts'
import { listProjects } from '../../projects/service.ts'
import { projectRef, rememberProject } from '../refs.ts'
import { Card, cardOf, cut, nextCursorOf, omitEmpty, page } from '../shapes.ts'
import { defineTool, parseInput } from '../tool.ts'

export const pageInputOf = (max: number, default_limit: number) => ({
  limit: z.int().min(1).max(max).default(default_limit),
  cursor: z.string().max(512).optional().meta({ description: 'next_cursor of the previous answer' }),
})

const PREVIEW_LENGTH = 200

const findProjects = defineTool({
  name: 'find_projects',
  title: 'Find projects',
  description: 'Lists the projects that you can see, newest first, with the keys by which other tools name them.',
  access: 'user',
  bound_keys: true,
  scope: 'read',
  input: z.object({ status: z.enum(PROJECT_STATUSES).optional(), ...pageInputOf(100, 50) }),
  output: z.object({
    projects: z.array(
      z.object({
        key: z.string(),
        id: z.string(),
        name: z.string(),
        status: z.enum(PROJECT_STATUSES),
        description: z
          .string()
          .optional()
          .meta({ description: `The first ${PREVIEW_LENGTH} characters` }),
        due_date: z.string().optional(),
      }),
    ),
    ...page,
  }),
  run: async (ctx, input) => {
    const list = await listProjects(ctx, parseInput(ListProjects, input))
    const projects = list.items.map((project) => {
      rememberProject(ctx, project)
      const { key, id, name, status, description, due_date } = project
      const { text } = cut(description, PREVIEW_LENGTH)
      return { key, id, name, status, ...(text && { description: text }), ...omitEmpty({ due_date }) }
    })
    return { projects, ...nextCursorOf(list) }
  },
})

export const BoardAnswer = z.object({
  key: z.string(),
  id: z.string(),
  name: z.string(),
  status: z.enum(PROJECT_STATUSES),
  seq: z.int().meta({ description: 'The state that this shows: activity_since lists the changes after it' }),
  columns: z.array(
    z.object({
      key: z.string(),
      name: z.string(),
      category: z.string(),
      wip_limit: z.int().optional(),
      task_count: z.int(),
      tasks: z.array(Card.omit({ status: true })),
      next_cursor: z.string().optional().meta({
        description: 'For the rest: list_tasks with this project, status and cursor, and sort position',
      }),
    }),
  ),
  labels: z.array(z.object({ id: z.string(), name: z.string() })),
  members: z.array(z.object({ user_id: z.string(), name: z.string(), role: z.enum(PROJECT_ROLES) })),
  member_count: z.int().optional().meta({ description: 'Only if members is not complete: the tool members lists all' }),
})

/** The answer for a board: its cards, without their descriptions. */
export async function readBoardAnswer(ctx: Ctx, id: string, per_column: number): Promise<z.input<typeof BoardAnswer>> {
  const { text } = await getBoard(ctx, id, per_column)
  const { project, seq, columns, labels, members, member_count } = parseText(text ?? '')
  rememberProject(ctx, project)
  return {
    key: project.key,
    id: project.id,
    name: project.name,
    status: project.status,
    seq,
    columns: columns.map(({ key, name, category, wip_limit, task_count, tasks, next_cursor }) => ({
      key,
      name,
      category,
      task_count,
      tasks: tasks.map(cardOf),
      ...omitEmpty({ wip_limit, next_cursor }),
    })),
    labels: labels.map(({ id, name }) => ({ id, name })),
    members: members.map(({ user_id, role, user }) => ({ user_id, name: user.name, role })),
    ...omitEmpty({ member_count }),
  }
}

const board = defineTool({
  name: 'get_board',
  title: 'Get a board',
  description:
    'Shows a whole board at one moment: its columns with their first tasks, its labels and its members. Descriptions are left out: get_task has them.',
  access: 'viewer',
  scope: 'read',
  input: z.object({ project: projectRef, per_column: z.int().min(1).max(100).default(20) }),
  output: BoardAnswer,
  run: (ctx, { project, per_column }) => readBoardAnswer(ctx, project, per_column),
})

const members = defineTool({
  name: 'members',
  title: 'List members',
  description: 'Lists the members of a project with their roles and their ids, by which tasks are assigned.',
  access: 'viewer',
  scope: 'read',
  input: z.object({ project: projectRef, ...pageInputOf(100, 100) }),
  output: z.object({ members: BoardAnswer.shape.members, ...page }),
  run: async (ctx, { project, ...input }) => {
    const { text } = await listMembers(ctx, project, parseInput(ListMembers, input))
    const list = parseText(text ?? '')
    const members = list.items.map(({ user_id, role, user }) => ({ user_id, name: user.name, role }))
    return { members, ...nextCursorOf(list) }
  },
})

export const PROJECT_TOOLS = [findProjects, board, members]
