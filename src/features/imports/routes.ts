import { type Context, Hono } from 'hono'
import type { App } from '../../context.ts'
import { requireBearer } from '../../http/bearer.ts'
import { describe } from '../../http/describe.ts'
import { keyOf } from '../../http/idempotency.ts'
import { mediaType } from '../../http/media-type.ts'
import { respondCreated } from '../../http/respond.ts'
import { validate } from '../../http/validate.ts'
import { AppError } from '../../lib/errors.ts'
import { MAX_BYTES } from '../import-export/import.ts'
import { MEDIA_TYPE } from '../import-export/schema.ts'
import { type File, ImportedFile, ImportFile, ImportReport } from './schema.ts'
import { importFile, previewImport } from './service.ts'

const TYPES = ['application/json', 'text/csv', MEDIA_TYPE]

/** The file, with its body as a stream. It is counted as it is read: mounted before the limit of ordinary bodies. */
function fileOf(c: Context<App>, query: ImportFile): File {
  const refuse = (detail: string) => new AppError('unsupported_media_type', { detail })
  const type = mediaType(c.req.header('Content-Type'))?.essence ?? ''
  if (!TYPES.includes(type)) throw refuse(`The body must be ${TYPES.join(' or ')}`)
  if (c.req.header('Content-Encoding') !== undefined) throw refuse('The body must not be compressed')
  if (Number(c.req.header('Content-Length') ?? 0) > MAX_BYTES) throw new AppError('body_too_large')
  return { body: c.req.raw.body ?? new Blob([]).stream(), query, ours: type === MEDIA_TYPE }
}

export const fileImportRoutes = new Hono<App>()
  .use(requireBearer)
  .post(
    '/preview',
    describe({
      id: 'previewImport',
      summary: 'What an import of a file would make',
      description: 'Takes what `POST /imports` takes, and writes nothing.',
      access: 'user',
      journalled: false,
      accepts: 'application/json',
      ok: { status: 200, schema: ImportReport },
      errors: ['body_too_large', 'unsupported_media_type'],
    }),
    validate('query', ImportFile),
    async (c) => c.json(await previewImport(c.var.ctx, fileOf(c, c.req.valid('query'))), 200),
  )
  .post(
    '/',
    describe({
      id: 'importFile',
      summary: 'Make a project out of a file',
      description:
        'Of Trello or WeKan (JSON), Jira, Linear or Asana (CSV), any CSV with titles, or our own export (NDJSON); up to 64 MiB. All or nothing: a new project of yours. What is dropped or changed is counted in `warnings`. People are found by e-mail if they share a project with you.',
      access: 'user',
      keyed: true,
      journalled: true,
      accepts: 'application/json',
      ok: { status: 201, location: '/projects/{project_id}', schema: ImportedFile },
      errors: [
        'key_taken',
        'import_outdated',
        'import_superseded',
        'too_many_members',
        'too_many_projects',
        'body_too_large',
        'unsupported_media_type',
      ],
    }),
    validate('query', ImportFile),
    async (c) => {
      const file = fileOf(c, c.req.valid('query'))
      const { row, head } = await importFile(c.var.ctx, file, keyOf(c))
      c.header('FlowTrack-Seq', String(head))
      return respondCreated(c, row)
    },
  )
