import { createHash } from 'node:crypto'
import type { Ctx, IdempotencyKey } from '../../context.ts'
import { cutText } from '../../lib/cut-text.ts'
import { addressOf } from '../../lib/email-address.ts'
import { AppError, invalidAt } from '../../lib/errors.ts'
import { countIdempotentWrite, transact } from '../../transaction/transact.ts'
import { authenticate } from '../../transaction/write.ts'
import { oneOrNotFound } from '../../transaction/write-result.ts'
import { type Content, importLines, requireFreeKey } from '../import-export/import.ts'
import { selectAccounts, selectFreeKey, selectTakenKey } from '../import-export/queries.ts'
import { receiveBytes } from '../import-export/received.ts'
import { MAX_BYTES } from '../import-export/schema.ts'
import { keyPrefixOf } from '../projects/queries.ts'
import type { ImportedFile, ImportReport } from './answers.ts'
import { importFlowTrackFile, previewFlowTrackFile } from './flowtrack-file.ts'
import { type Identity, Journal } from './journal.ts'
import type { Person } from './model.ts'
import { type ImportOptions, MAX_KEPT } from './options.ts'
import { planProject } from './plan/plan.ts'
import type { Plan } from './plan/planned.ts'
import * as q from './queries.ts'
import { type Read, readBoard } from './read.ts'
import { type File, type ImportFileQuery, unusedNames } from './schema.ts'
import { nameOf, toStored } from './text.ts'
import { foldName } from './words.ts'

/** A text with a character outside Latin-1: it takes two bytes for each UTF-16 code unit. */
const WIDE = /[^\0-\xff]/

/** Counts the texts that stay in memory, so that a file is refused before memory runs out. */
function newKeeper(): ImportOptions['keep'] {
  let kept = 0
  return (text, more = 0) => {
    kept += more + (WIDE.test(text) ? 2 * text.length : text.length)
    if (kept <= MAX_KEPT) return text
    throw new AppError('body_too_large', {
      detail: `The file has more cards and texts than fit into memory: export fewer cards at once`,
      facts: { limit: MAX_KEPT },
    })
  }
}

/** What a file becomes, before anything is written. */
type Prepared = { plan: Plan; identity: Identity; report: ImportReport; digest: string; key_taken: boolean }

/** E-mail addresses by person: as `map.people` says, else as the file does. */
function addressesOf(
  { board }: Read,
  aliases: ReadonlyMap<string, string>,
  { map }: ImportFileQuery,
): Map<string, string> {
  const addressed = board.people.flatMap(({ id, name, email }): [string, string][] => {
    const said = [name, aliases.get(id) ?? '', email ?? '', id]
      .map((alias) => map?.people?.get(foldName(alias)))
      .find(Boolean)
    const address = said ?? email
    return address === undefined ? [] : [[id, address]]
  })
  return new Map(addressed)
}

function reportOf(
  { format, board }: Read,
  { key, name }: Identity,
  plan: Plan,
  matched: (person: Person) => string | undefined,
  emails: Map<string, string>,
): ImportReport {
  const archived = plan.tasks.filter(({ archived_at }) => archived_at !== null).length
  const sum = (of: (task: Plan['tasks'][number]) => number) => plan.tasks.reduce((n, task) => n + of(task), 0)
  const people = board.people.map((person) => ({
    name: nameOf(person.name, 200, person.id, board.warnings),
    email: emails.get(person.id) ?? null,
    matched_user_id: matched(person) ?? null,
  }))
  const unmatched = people.filter(({ matched_user_id }) => matched_user_id === null)
  board.warnings.add('people_unmatched', unmatched.map((person) => person.name).join(', '), unmatched.length)
  return {
    format,
    project: { name, key },
    counts: {
      columns: plan.columns.length,
      tasks: plan.tasks.length - archived,
      archived,
      templates: board.counts.templates,
      comments: sum(({ comments }) => comments.length),
      checklists: sum(({ checklists }) => checklists.length),
      checklist_items: sum(({ checklists }) => checklists.reduce((n, { items }) => n + items.length, 0)),
      labels: plan.labels.length,
      links: plan.links.length,
      attachments: board.counts.attachments,
    },
    columns: plan.columns.map(({ name, category, tasks }) => ({ name, category, tasks })),
    people,
    warnings: board.warnings.list(),
  }
}

/** Reads the file as it streams in, to its last byte. `aliases`: user names by the ids of people. */
async function readFile({ body, query }: File) {
  const hash = createHash('sha256')
  const aliases = new Map<string, string>()
  const options: ImportOptions = {
    fields: query.map?.fields ?? new Map(),
    columns: query.map?.columns ?? new Map(),
    people: query.map?.people ?? new Map(),
    ...(query.project !== undefined && { project: query.project }),
    ...(query.map?.dates !== undefined && { dates: query.map.dates }),
    alias: (person, name) => void aliases.set(person, name),
    keep: newKeeper(),
  }
  const limits = { maxBytes: MAX_BYTES, onBytes: (chunk: Uint8Array) => void hash.update(chunk) }
  const brokenAt = (bytes: number) => invalidAt('body', `is incomplete: it ends after byte ${bytes}. Send it again`)
  const file = await readBoard(receiveBytes(body, limits, brokenAt), query.format, options)
  return { file, aliases, digest: hash.digest('base64url') }
}

type Match = { person: string; id: string; email: string; name: string }

/** The people of a project: each account once, even if several people of the file have it. */
function peopleOf(matched: Match[], { warnings }: Read['board']): Identity['people'] {
  const people = matched.map(({ id, email, name }) => ({ id, email, name: nameOf(name, 200, email, warnings) }))
  return [...new Map(people.map((one) => [one.id, one])).values()]
}

/** Reads the file, finds its people, and plans the project. Nothing is written. */
async function prepareImport(ctx: Ctx, given: File): Promise<Prepared> {
  const { query } = given
  const { primary } = ctx.db
  const me = ctx.actor.user_id
  const [, importers] = await transact(ctx, [authenticate(ctx), q.selectImporter(primary, me, query.tz)])
  await ctx.limits.requireAllowed() // was counted during the trip above; what follows is expensive
  const importer = oneOrNotFound(importers.rows)
  const { file, aliases, digest } = await readFile(given)
  const { board } = file
  const emails = addressesOf(file, aliases, query)
  const name = query.name ?? nameOf(board.name, 200, 'Imported board', board.warnings)
  const [, accounts, free, takers] = await transact(ctx, [
    authenticate(ctx),
    selectAccounts(primary, me, [...new Set(emails.values())]),
    selectFreeKey(primary, board.key ?? keyPrefixOf(name)),
    selectTakenKey(primary, query.key ?? ''),
  ])
  const byEmail = new Map(accounts.rows.map((account) => [addressOf(account.email), account]))
  const accountOf = ({ id }: Person) => byEmail.get(addressOf(emails.get(id) ?? ''))
  const matched = board.people.flatMap((person): Match[] => {
    const account = accountOf(person)
    return account ? [{ person: person.id, id: account.id, email: account.email, name: person.name }] : []
  })
  const plan = planProject(board, {
    zone: importer.zone,
    now: ctx.now.toISOString(),
    categories: query.map?.columns ?? new Map(),
    accounts: new Map(matched.map(({ person, id }) => [person, id])),
    quotas: ctx.config,
  })
  const key = query.key ?? oneOrNotFound(free.rows).key
  const description = cutText(toStored(board.description), 20_000)
  const owner = { id: me, email: importer.email, name: importer.name }
  const identity = { key, name, description, importer: owner, people: peopleOf(matched, board) }
  for (const name of unusedNames(query.map)) board.warnings.add('map_unused', name)
  const report = reportOf(file, identity, plan, (person) => accountOf(person)?.id, emails)
  return { plan, identity, report, digest, key_taken: takers.length > 0 }
}

/** The report of an import of this file, without the import. Throws key_taken, as the import would. */
export async function previewImport(ctx: Ctx, file: File): Promise<ImportReport> {
  if (file.ours) return previewFlowTrackFile(ctx, file)
  const { report, key_taken } = await prepareImport(ctx, file)
  requireFreeKey(key_taken)
  return report
}

/** An error in a line of the generated journal becomes one of the file, as the caller does not know that journal. */
function toFileError(error: unknown): unknown {
  if (!(error instanceof AppError) || !error.details.errors) return error
  const errors = error.details.errors.map(({ path, message }) => ({
    path: path.startsWith('line') ? 'body' : path,
    message,
  }))
  return new AppError(error.code, { ...error.details, errors })
}

async function* toAsync(lines: Generator<string>): AsyncGenerator<string> {
  yield* lines
}

/** How often an import without `key` takes a free one, if each time another project has taken it meanwhile. */
const KEY_TRIES = 5

/**
 * Makes a project of a file, all or nothing. Another product's file becomes the journal that it would have had here,
 * which is imported as an export is. Returns the answer (`row`) and the new project's head.
 */
export async function importFile(ctx: Ctx, file: File, keyFor?: (content: string) => IdempotencyKey) {
  if (file.ours) return importFlowTrackFile(ctx, file, keyFor)
  if (keyFor) countIdempotentWrite(ctx)
  const { plan, identity, report, digest } = await prepareImport(ctx, file)
  const options = {
    key: file.query.key,
    findsKey: true as const,
    answer: (project: string, { key }: Content) =>
      q.answerJsonOf(project, { ...report, project: { ...report.project, key } }),
    ...(keyFor && { keyFor: () => keyFor(digest) }),
  }
  for (let tries = 1; ; tries += 1) {
    const lines = toAsync(new Journal(plan, identity).writeLines())
    try {
      const { row, head } = await importLines(ctx, { lines, digest: createHash('sha256') }, options)
      return { row: row as unknown as ImportedFile, head }
    } catch (error) {
      const is_taken = error instanceof AppError && error.code === 'key_taken'
      if (!is_taken || file.query.key || tries === KEY_TRIES) throw toFileError(error)
    }
  }
}
