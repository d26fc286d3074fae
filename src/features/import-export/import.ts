import { createHash, type Hash } from 'node:crypto'
import type { SQL } from 'drizzle-orm'
import { v7 as uuid } from 'uuid'
import type * as z from 'zod'
import type { Ctx, IdempotencyKey } from '../../context.ts'
import { lockAccounts } from '../../db/accounts.ts'
import { constraintOf } from '../../db/errors.ts'
import { nothing } from '../../db/nothing.ts'
import { limitTime } from '../../db/time-limits.ts'
import { AppError, invalidAt } from '../../lib/errors.ts'
import { runThenRest } from '../../lib/run-then-rest.ts'
import { countIdempotentWrite, transact } from '../../transaction/transact.ts'
import { authenticate, checkRoom, write } from '../../transaction/write.ts'
import { oneOrNotFound } from '../../transaction/write-result.ts'
import { requireRoomForProject } from '../projects/queries.ts'
import type { Imported } from './answers.ts'
import { Entry, Header } from './entry.ts'
import { LineNumbers, lineErrorOf, linesOf } from './lines.ts'
import * as q from './queries.ts'
import { matchUsers, type Names, renameRow } from './rename.ts'
import { Replay } from './replay.ts'
import { MAX_BYTES } from './schema.ts'
import type { Summary } from './summary.ts'

/** Rows with more UTF-16 code units than this are staged in the database, in one request. */
const CHUNK_LENGTH = 1024 * 1024
/** UTF-16 code units: a message may quote its line, and lines may be long. */
const MAX_MESSAGE = 300
/** The timeout of the transaction that makes the project: ten times as long as a file of 64 MiB took. */
const PROJECT_TIMEOUT_MS = 120_000

export type Import = {
  body: ReadableStream<Uint8Array>
  /** The new project's key; undefined: the file's. */
  key: string | undefined
  /** If the file's key is taken, a free one is used. */
  findsKey?: true
  /** Replaces e-mail addresses of the file's people. */
  replaceEmails?: (users: Header['users']) => Header['users']
  /** The Idempotency-Key of a request with this content (a SHA-256). */
  keyFor?: (content: string) => IdempotencyKey
  /** The answer as JSON, in place of `Imported`. */
  answer?: (project: string, content: Content) => SQL
}

type Matched = ReturnType<typeof matchUsers>

/** What an export holds, after it was read to its end. `key`: the new project's. */
export type Content = { header: Header; key: string; people: Matched; summary: Summary }

function parseLine<S extends z.ZodType>(n: number, schema: S, line: string): z.output<S> {
  let json: unknown
  try {
    json = JSON.parse(line)
  } catch {
    throw lineErrorOf(n, 'is not JSON')
  }
  const { success, data, error } = schema.safeParse(json)
  if (success) return data
  const errors = error.issues.map(({ path, message }) => ({
    path: `line ${n}`,
    message: [...path, message].join(': ').slice(0, MAX_MESSAGE),
  }))
  throw new AppError('validation_failed', { errors: errors.slice(0, 20) })
}

/** Finds the file's people and a free key. With `job` it registers the import, and ends this person's earlier one. */
async function beginImport(ctx: Ctx, job: string | undefined, header: Header, key: string) {
  const { primary } = ctx.db
  const user_id = ctx.actor.user_id
  const emails = header.users.map(({ email }) => email)
  const opening = job
    ? [
        limitTime(primary, { lock: '3s' }),
        q.endImportsOf(primary, user_id), // before the lock of the account: the earlier one may work for minutes
        requireRoomForProject(primary, user_id, ctx.config.QUOTA_PROJECTS), // checked again at the end
        q.insertImport(primary, { id: job, user_id }),
      ]
    : []
  const [, accounts, takers, free] = await transact(ctx, [
    authenticate(ctx),
    q.selectAccounts(primary, user_id, emails),
    q.selectTakenKey(primary, key),
    q.selectFreeKey(primary, key),
    ...opening,
  ])
  const people = matchUsers(header, accounts.rows, user_id)
  return { people, key_taken: takers.length > 0, free_key: oneOrNotFound(free.rows).key }
}

/** `counter`: the highest task number. `rest`: the rows that are not staged yet, as a JSON array. */
type Prepared = { lines: number; counter: number; rest: string; summary: Summary }

/**
 * Checks and renames the lines. `keep` gets them in pieces, each a JSON array; the last one is returned as `rest`.
 * After each piece it rests as long as that took, so that boards do not wait for a large file.
 */
async function prepareLines(
  ctx: Ctx,
  lines: AsyncIterable<string>,
  header: Header,
  names: Names,
  keep: (lines: string) => Promise<unknown>,
): Promise<Prepared> {
  const replay = new Replay(header, ctx.now, ctx.config)
  let [chunk, size]: [string[], number] = [[], 0]
  for await (const line of lines) {
    if (size > CHUNK_LENGTH) {
      const full = `[${chunk.join()}]`
      chunk = []
      size = 0
      await runThenRest(() => keep(full))
    }
    const entry = parseLine(replay.seq + 2, Entry, line)
    replay.step(entry)
    const renamed = JSON.stringify(renameRow(entry, names))
    chunk.push(renamed)
    size += renamed.length
  }
  replay.finish()
  return { lines: replay.seq, counter: replay.counter, rest: `[${chunk.join()}]`, summary: replay.summarize() }
}

/**
 * Makes the project of the staged lines, in one transaction. Accounts are locked only at its end, so that sign-ins and
 * deletions do not wait long; if the importer or a member has lost their rights meanwhile, it fails.
 */
async function makeProject(ctx: Ctx, names: Names, { lines, counter, rest }: Prepared, answer: SQL) {
  const { longRunning } = ctx.db
  // annotated, so that a wrong client does not compile
  const longCtx: Ctx = { ...ctx, db: { ...ctx.db, primary: longRunning } }
  const people = [...new Set(names.users.values())]
  const statements = [
    q.setStatementTimeout(longRunning, PROJECT_TIMEOUT_MS),
    q.stageLines(longRunning, names.job, rest),
    q.importProject(longRunning, names.job, names.project, lines, counter),
    lockAccounts(longRunning, names.importer, ...people),
    authenticate(longCtx),
    q.requireStillKnown(longRunning, names.importer, people, names.project),
    requireRoomForProject(longRunning, names.importer, ctx.config.QUOTA_PROJECTS + 1), // which counts the new project
    checkRoom(longCtx, names.project, 'members'), // which counts the importer
    longRunning.select({ answer: answer.mapWith((value) => value as Imported) }).from(nothing),
  ] as const
  const written = await write(longCtx, { created: names.project }, [...statements], { status: 201, body: answer })
  return {
    row: (written.stored as Imported | undefined) ?? oneOrNotFound(written.results[8]).answer,
    head: written.head,
  }
}

/**
 * Throws key_taken. An import with an Idempotency-Key does not call this: it may be a retry, and then the project that
 * the first attempt made has this project key.
 */
export function requireFreeKey(is_taken: boolean): void {
  if (is_taken)
    throw new AppError('key_taken', {
      detail: 'Choose another key for the new project, and send it as ?key=',
    })
}

type Source = { lines: AsyncGenerator<string>; digest: Hash }
type Options = Omit<Import, 'body'>

async function readHeader(lines: AsyncGenerator<string>, replaceEmails: Options['replaceEmails'] = (users) => users) {
  const header = parseLine(1, Header, (await lines.next()).value ?? '')
  return { ...header, users: replaceEmails(header.users) }
}

/** Imports the lines of a file; returns the answer (`row`) and the head. Errors count lines without blank ones. */
export async function importLines(ctx: Ctx, { lines, digest }: Source, options: Options) {
  const { keyFor, answer, findsKey, replaceEmails } = options
  const header = await readHeader(lines, replaceEmails)
  const job = uuid()
  const { people, key_taken, free_key } = await beginImport(ctx, job, header, options.key ?? header.project.key)
  const key = options.key ?? (findsKey ? free_key : header.project.key)
  const names = { job, project: uuid(), key, importer: ctx.actor.user_id, ...people }
  try {
    await ctx.limits.requireAllowed() // was counted during the trip above; what follows is expensive
    if (!keyFor && key !== free_key) requireFreeKey(key_taken)
    const keep = (piece: string) => transact(ctx, [authenticate(ctx), q.stageLines(ctx.db.primary, names.job, piece)])
    const prepared = await prepareLines(ctx, lines, header, names, keep)
    if (keyFor) ctx.idempotency = keyFor(digest.digest('base64url'))
    const body =
      answer?.(names.project, { header, key, people, summary: prepared.summary }) ??
      q.importedJsonOf(names.project, { imported: prepared.lines, unmatched: people.unmatched })
    return await makeProject(ctx, names, prepared, body)
  } catch (error) {
    await transact(ctx, [q.deleteImport(ctx.db.primary, job)]).catch((failure: unknown) => {
      ctx.log.warn('import_not_discarded', { error: failure }) // the cron trigger will discard it
    })
    const constraint = constraintOf(error)
    throw constraint
      ? invalidAt(
          'lines',
          `make a row that breaks the rule ${constraint}: correct the file, or export the project again`,
        )
      : error
  }
}

const openLines = (body: ReadableStream<Uint8Array>, digest: Hash, numbers: LineNumbers) =>
  linesOf(body, { maxBytes: MAX_BYTES, onBytes: (chunk) => void digest.update(chunk) }, numbers)

/** Checks each line as an import does, and returns what the file holds. Writes nothing. */
export async function checkProject(
  ctx: Ctx,
  { body, ...options }: Omit<Import, 'keyFor' | 'answer'>,
): Promise<Content> {
  const numbers = new LineNumbers()
  const lines = openLines(body, createHash('sha256'), numbers)
  try {
    const header = await readHeader(lines, options.replaceEmails)
    const { people, key_taken, free_key } = await beginImport(ctx, undefined, header, options.key ?? header.project.key)
    await ctx.limits.requireAllowed()
    const key = options.key ?? free_key
    if (key !== free_key) requireFreeKey(key_taken)
    const names = { job: uuid(), project: uuid(), key, importer: ctx.actor.user_id, ...people }
    const { summary } = await prepareLines(ctx, lines, header, names, async () => undefined)
    return { header, key, people, summary }
  } catch (error) {
    throw numbers.relocate(error)
  }
}

/**
 * Makes a project of an exported journal, with its dates. The file is checked and renamed as it streams in, and staged
 * in pieces; one transaction then makes the project. Throws validation_failed with the number of an invalid line.
 */
export async function importProject(ctx: Ctx, { body, ...options }: Import) {
  if (options.keyFor) countIdempotentWrite(ctx)
  const digest = createHash('sha256')
  const numbers = new LineNumbers()
  try {
    return await importLines(ctx, { lines: openLines(body, digest, numbers), digest }, options)
  } catch (error) {
    throw numbers.relocate(error)
  }
}
