import * as z from 'zod'
import type { Ctx } from '../../context.ts'
import { AppError } from '../../lib/errors.ts'
import { getProjectByKey } from '../projects/service.ts'

const TASK =
  /^([\da-fA-F]{8}-[\da-fA-F]{4}-[\da-fA-F]{4}-[\da-fA-F]{4}-[\da-fA-F]{12}|[A-Za-z][A-Za-z\d]{1,9}-[1-9]\d{0,9})$/
const PROJECT = /^([\da-fA-F]{8}-[\da-fA-F]{4}-[\da-fA-F]{4}-[\da-fA-F]{4}-[\da-fA-F]{12}|[A-Za-z][A-Za-z\d]{1,9})$/
const PERSON = /^([\da-fA-F]{8}-[\da-fA-F]{4}-[\da-fA-F]{4}-[\da-fA-F]{4}-[\da-fA-F]{12}|me)$/

const isId = (text: string) => text.length === 36
/** The one form of a reference: ids in lower case, keys and numbers in upper case. */
const toCanonical = (text: string) => (isId(text) ? text.toLowerCase() : text.toUpperCase())

export const taskRef = z
  .string()
  .regex(TASK, 'must be an id, or a number such as APO-12')
  .transform(toCanonical)
  .meta({ description: 'Number of a task, such as APO-12, or its id' })
export const projectRef = z
  .string()
  .regex(PROJECT, 'must be an id, or a key such as APO')
  .transform(toCanonical)
  .meta({ description: 'Key of a project, such as APO, or its id' })

/** A reference to a person: the id, or `me`. */
export const personRef = z
  .string()
  .regex(PERSON, 'must be the id of a person, or me')
  .meta({ description: 'Id of a person (members lists them), or me' })
/** The id of the person that a reference names. */
export const personIdOf = ({ actor }: Ctx, person: string) => (person === 'me' ? actor.user_id : person.toLowerCase())

/** Ids of projects that this isolate has found, by session and key. While a project exists, no other gets its key. */
const found = new Map<string, string>()
const MAX_FOUND = 5_000
const entryOf = ({ actor }: Ctx, key: string) => `${actor.session_id} ${key}`

/** Notes the key of a project that this caller has seen, so that the next call by it needs no query for the id. */
export function rememberProject(ctx: Ctx, { key, id }: { key: string; id: string }): void {
  if (found.size >= MAX_FOUND) found.clear()
  found.set(entryOf(ctx, key), id)
}

async function findProject(ctx: Ctx, key: string): Promise<string> {
  const project = await getProjectByKey(ctx, key)
  rememberProject(ctx, project)
  return project.id
}

/**
 * Calls `work` with the id of the project that `ref` (an id or a key) names. The first call by a key in an isolate
 * needs one more trip for the id. If a remembered project is not found, the key is looked up again: another project may
 * have it.
 */
export async function callWithProject<T>(ctx: Ctx, ref: string, work: (id: string) => Promise<T>): Promise<T> {
  if (isId(ref)) return work(ref)
  const known = found.get(entryOf(ctx, ref))
  if (known === undefined) return work(await findProject(ctx, ref))
  try {
    return await work(known)
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'not_found') throw error
    const current = await findProject(ctx, ref)
    if (current === known) throw error
    return work(current)
  }
}
