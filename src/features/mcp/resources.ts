import type { Ctx } from '../../context.ts'
import { AppError } from '../../lib/errors.ts'
import { ListProjects } from '../projects/schema.ts'
import { listProjects } from '../projects/service.ts'
import { getTask } from '../tasks/service.ts'
import { callWithProject, projectRef, taskRef } from './refs.ts'
import { taskOf } from './shapes.ts'
import { parseInput } from './tool.ts'
import { readBoardAnswer } from './tools/projects.ts'

const PER_COLUMN = 20
const mimeType = 'application/json'

export const TEMPLATES = [
  {
    uriTemplate: 'flowtrack://project/{key}',
    name: 'project',
    title: 'A board',
    description: 'The board of a project, as get_board shows it',
    mimeType,
  },
  {
    uriTemplate: 'flowtrack://task/{number}',
    name: 'task',
    title: 'A task',
    description: 'A task with its description, as get_task shows it',
    mimeType,
  },
]

/** A page of the caller's boards, as resources. */
export async function listResources(ctx: Ctx, cursor: string | undefined) {
  const list = await listProjects({ ...ctx, takes_bound_keys: true }, parseInput(ListProjects, { cursor }))
  const resources = list.items.map(({ key, name }) => ({
    uri: `flowtrack://project/${key}`,
    name: key,
    title: name,
    mimeType,
  }))
  return { resources, ...(list.next_cursor !== null && { nextCursor: list.next_cursor }) }
}

/** The content of the resource at `uri`. Throws not_found if there is none. */
export async function readResource(ctx: Ctx, uri: string) {
  const [, kind, name = ''] = /^flowtrack:\/\/(project|task)\/([\w-]+)$/.exec(uri) ?? []
  const reader = { ...ctx, reader: {}, takes_bound_keys: true, idempotency: undefined }
  if (kind === 'task') return contentOf(uri, taskOf(await getTask(reader, parseInput(taskRef, name, 'uri'))))
  if (kind !== 'project') throw new AppError('not_found')
  const board = await callWithProject(reader, parseInput(projectRef, name, 'uri'), (id) =>
    readBoardAnswer(reader, id, PER_COLUMN),
  )
  return contentOf(uri, board)
}

const contentOf = (uri: string, value: object) => ({ contents: [{ uri, mimeType, text: JSON.stringify(value) }] })
