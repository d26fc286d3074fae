import * as z from 'zod'
import type { Ctx } from '../../context.ts'
import { AppError } from '../../lib/errors.ts'
import { getProjectByKey } from '../projects/service.ts'

const TASK =
  /^([\da-fA-F]{8}-[\da-fA-F]{4}-[\da-fA-F]{4}-[\da-fA-F]{4}-[\da-fA-F]{12}|[A-Za-z][A-Za-z\d]{1,9}-[1-9]\d{0,9})$/
const PROJECT = /^([\da-fA-F]{8}-[\da-fA-F]{4}-[\da-fA-F]{4}-[\da-fA-F]{4}-[\da-fA-F]{12}|[A-Za-z][A-Za-z\d]{1,9})$/
const PERSON = /^([\da-fA-F]{8}-[\da-fA-F]{4}-[\da-fA-F]{4}-[\da-fA-F]{4}-[\da-fA-F]{12}|me)$/

const isId = (text: string) => text.length === 36
/** Ids are written in lower case, keys and numbers in upper case. */
const written = (text: string) => (isId(text) ? text.toLowerCase() : text.toUpperCase())

export const taskRef = z
  .string()
  .regex(TASK, 'must be an id, or a number such as APO-12')
  .transform(written)
  .meta({ description: 'Number of a task, such as APO-12, or its id' })
export const projectRef = z
  .string()
  .regex(PROJECT, 'must be an id, or a key such as APO')
  .transform(written)
  .meta({ description: 'Key of a project, such as APO, or its id' })

/** A person: the id, or `me`. */
export const personRef = z
  .string()
  .regex(PERSON, 'must be the id of a person, or me')
  .meta({ description: 'Id of a person (members lists them), or me' })
export const personId = ({ actor }: Ctx, person: string) => (person === 'me' ? actor.user_id : person.toLowerCase())

/** Projects that this isolate has found by their keys, each for who asked: a key never gets another project while that lives. */
const found = new Map<string, string>()
const REMEMBERED = 5_000
const nameFor = ({ actor }: Ctx, key: string) => `${actor.session_id} ${key}`

/** Notes the key of a project that this caller has seen, so that the next call by it need not ask. */
export function rememberProject(ctx: Ctx, { key, id }: { key: string; id: string }): void {
  if (found.size >= REMEMBERED) found.clear()
  found.set(nameFor(ctx, key), id)
}

async function findProject(ctx: Ctx, key: string): Promise<string> {
  const project = await getProjectByKey(ctx, key)
  rememberProject(ctx, project)
  return project.id
}

/**
 * Does `work` with the id of a project that is named by it or by its key. The first call by a key in an isolate asks
 * for the id in a trip of its own. A remembered one that is gone may have left its key to another project.
 */
export async function inProject<T>(ctx: Ctx, ref: string, work: (id: string) => Promise<T>): Promise<T> {
  if (isId(ref)) return work(ref)
  const known = found.get(nameFor(ctx, ref))
  if (known === undefined) return work(await findProject(ctx, ref))
  try {
    return await work(known)
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'not_found') throw error
    const present = await findProject(ctx, ref)
    if (present === known) throw error
    return work(present)
  }
}
