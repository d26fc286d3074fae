import { createHash, type Hash } from 'node:crypto'
import type { SQL } from 'drizzle-orm'
import { v7 as uuid } from 'uuid'
import type * as z from 'zod'
import type { Ctx, IdempotencyKey } from '../../context.ts'
import { lockAccounts } from '../../db/accounts.ts'
import { constraintOf } from '../../db/errors.ts'
import { nothing } from '../../db/nothing.ts'
import { AppError, invalid } from '../../lib/errors.ts'
import { restingAfter } from '../../lib/rest.ts'
import { transact } from '../../transaction/transact.ts'
import { authenticate, checkRoom, write } from '../../transaction/write.ts'
import { oneOrNotFound } from '../../transaction/write-result.ts'
import { requireRoom } from '../projects/queries.ts'
import type { Imported } from './answers.ts'
import { Entry, Header } from './entry.ts'
import { badLine, LineNumbers, linesOf } from './lines.ts'
import * as q from './queries.ts'
import { matchUsers, type Names, renameRow } from './rename.ts'
import { Replay } from './replay.ts'
import { MAX_BYTES } from './schema.ts'
import type { Summary } from './summary.ts'

/** Characters of staged rows that go to the database in one request. */
const CHUNK = 1024 * 1024
/** An error may quote its line, and lines may be long. */
const MAX_MESSAGE = 300
/** For the transaction that makes the project; measured, a whole file of 64 MiB takes a tenth of it. */
const LAST_STEP_MS = 120_000

export type Import = {
  body: ReadableStream<Uint8Array>
  /** In place of the file's own project key. */
  key: string | undefined
  /** When the file's own key is taken, another one is found. */
  findsKey?: true
  /** E-mail addresses of the file's people, in place of what it says. */
  addressed?: (users: Header['users']) => Header['users']
  /** The Idempotency-Key, given a print of the content. */
  keyFor?: (content: string) => IdempotencyKey
  /** What is answered, if not what an import of an export is. */
  answer?: (project: string, content: Content) => SQL
}

type Matched = ReturnType<typeof matchUsers>

/** What a file of ours holds, once it was read to its end. */
export type Content = { header: Header; key: string; people: Matched; summary: Summary }

function parseLine<S extends z.ZodType>(n: number, schema: S, line: string): z.output<S> {
  let json: unknown
  try {
    json = JSON.parse(line)
  } catch {
    throw badLine(n, 'is not JSON')
  }
  const { success, data, error } = schema.safeParse(json)
  if (success) return data
  const errors = error.issues.map(({ path, message }) => ({
    path: `line ${n}`,
    message: [...path, message].join(': ').slice(0, MAX_MESSAGE),
  }))
  throw new AppError('validation_failed', { errors: errors.slice(0, 20) })
}

/** Finds the file's people and a key; an import also opens its staging, which ends an earlier one of the same person. */
async function begin(ctx: Ctx, job: string | undefined, header: Header, key: string) {
  const { primary } = ctx.db
  const user_id = ctx.actor.user_id
  const emails = header.users.map(({ email }) => email)
  const opening = job
    ? [
        requireRoom(primary, user_id, ctx.config.QUOTA_PROJECTS), // asked again in the end
        q.endImportsOf(primary, user_id),
        q.insertImport(primary, { id: job, user_id }),
      ]
    : []
  const [, accounts, takers, free] = await transact(ctx, [
    authenticate(ctx),
    q.selectAccounts(primary, user_id, emails),
    q.selectKey(primary, key),
    q.selectFreeKey(primary, key),
    ...opening,
  ])
  const people = matchUsers(header, accounts.rows, user_id)
  return { people, key_taken: takers.length > 0, free_key: oneOrNotFound(free.rows).key }
}

type Staged = { lines: number; counter: number; rest: string; summary: Summary }

/**
 * Checks and renames line after line; `keep` gets them in pieces, and what is left for the last request is returned. After each
 * piece it rests as long as that took: nobody who works on a board waits for a large file.
 */
async function stage(
  ctx: Ctx,
  lines: AsyncIterable<string>,
  header: Header,
  names: Names,
  keep: (lines: string) => Promise<unknown>,
): Promise<Staged> {
  const replay = new Replay(header, ctx.now, ctx.config)
  let [chunk, size]: [string[], number] = [[], 0]
  for await (const line of lines) {
    if (size > CHUNK) {
      const full = `[${chunk.join()}]`
      chunk = []
      size = 0
      await restingAfter(() => keep(full))
    }
    const entry = parseLine(replay.seq + 2, Entry, line)
    replay.step(entry)
    const renamed = JSON.stringify(renameRow(entry, names))
    chunk.push(renamed)
    size += renamed.length
  }
  replay.finish()
  return { lines: replay.seq, counter: replay.counter, rest: `[${chunk.join()}]`, summary: replay.summary() }
}

/**
 * The one transaction that makes the project of what was staged (all or nothing). Accounts are locked in its end, so
 * that it holds up nobody's sign-in or deletion; who has been ended meanwhile, importer or member, undoes it.
 */
async function settle(ctx: Ctx, names: Names, { lines, counter, rest }: Staged, answer: SQL) {
  const { longRunning } = ctx.db
  const longCtx: Ctx = { ...ctx, db: { ...ctx.db, primary: longRunning } } // annotated, so that a mistyped client does not compile
  const people = [...new Set(names.users.values())]
  const statements = [
    q.allowMinutes(longRunning, LAST_STEP_MS),
    q.stageLines(longRunning, names.job, rest),
    q.importProject(longRunning, names.job, names.project, lines, counter),
    lockAccounts(longRunning, names.importer, ...people),
    authenticate(longCtx),
    q.requireStillKnown(longRunning, names.importer, people, names.project),
    requireRoom(longRunning, names.importer, ctx.config.QUOTA_PROJECTS + 1), // this one is there by now
    checkRoom(longCtx, names.project, 'members'), // with the importer
    longRunning.select({ answer: answer.mapWith((value) => value as Imported) }).from(nothing),
  ] as const
  const written = await write(longCtx, { created: names.project }, [...statements], { status: 201, body: answer })
  return { row: (written.kept as Imported | undefined) ?? oneOrNotFound(written.results[8]).answer, head: written.head }
}

type Source = { lines: AsyncGenerator<string>; digest: Hash }
type Options = Omit<Import, 'body'>

async function headerOf(lines: AsyncGenerator<string>, addressed: Options['addressed'] = (users) => users) {
  const header = parseLine(1, Header, (await lines.next()).value ?? '')
  return { ...header, users: addressed(header.users) }
}

/** Everything after the file was opened: its lines are counted without the blank ones. */
export async function importLines(ctx: Ctx, { lines, digest }: Source, options: Options) {
  const { keyFor, answer, findsKey, addressed } = options
  const header = await headerOf(lines, addressed)
  const job = uuid()
  const { people, key_taken, free_key } = await begin(ctx, job, header, options.key ?? header.project.key)
  const key = options.key ?? (findsKey ? free_key : header.project.key)
  const names = { job, project: uuid(), key, importer: ctx.actor.user_id, ...people }
  try {
    await ctx.limits.requireAllowed() // counted beside the first request; what follows is dear
    if (key_taken && !keyFor && key !== free_key)
      throw new AppError('key_taken', { detail: 'Another project has this key: name one by ?key=' })
    const keep = (piece: string) => transact(ctx, [authenticate(ctx), q.stageLines(ctx.db.primary, names.job, piece)])
    const staged = await stage(ctx, lines, header, names, keep)
    if (keyFor) ctx.idempotency = keyFor(digest.digest('base64url'))
    const told =
      answer?.(names.project, { header, key, people, summary: staged.summary }) ??
      q.importedJson(names.project, { imported: staged.lines, unmatched: people.unmatched })
    return await settle(ctx, names, staged, told)
  } catch (error) {
    await transact(ctx, [q.deleteImport(ctx.db.primary, job)]).catch((failure: unknown) => {
      ctx.log.warn('import_not_discarded', { error: failure }) // the cron trigger will
    })
    const constraint = constraintOf(error)
    throw constraint
      ? invalid('lines', `make a row that breaks the rule ${constraint}: correct the file, or export the project again`)
      : error
  }
}

const open = (body: ReadableStream<Uint8Array>, digest: Hash, numbers: LineNumbers) =>
  linesOf(body, { maxBytes: MAX_BYTES, onBytes: (chunk) => void digest.update(chunk) }, numbers)

/** What an import of this file would find: each line is checked as an import does, and nothing is written. */
export async function checkProject(
  ctx: Ctx,
  { body, ...options }: Omit<Import, 'keyFor' | 'answer'>,
): Promise<Content> {
  const numbers = new LineNumbers()
  const lines = open(body, createHash('sha256'), numbers)
  try {
    const header = await headerOf(lines, options.addressed)
    const { people, free_key } = await begin(ctx, undefined, header, options.key ?? header.project.key)
    await ctx.limits.requireAllowed()
    const key = options.key ?? free_key
    const names = { job: uuid(), project: uuid(), key, importer: ctx.actor.user_id, ...people }
    const { summary } = await stage(ctx, lines, header, names, async () => undefined)
    return { header, key, people, summary }
  } catch (error) {
    throw numbers.located(error)
  }
}

/**
 * A project out of an exported journal, dates and all. The file is replayed as it streams in, under
 * new names, and staged in pieces; one transaction then makes the project, or nothing. Throws
 * validation_failed with the number of the line that cannot be.
 */
export async function importProject(ctx: Ctx, { body, ...options }: Import) {
  const digest = createHash('sha256')
  const numbers = new LineNumbers()
  try {
    return await importLines(ctx, { lines: open(body, digest, numbers), digest }, options)
  } catch (error) {
    throw numbers.located(error)
  }
}
