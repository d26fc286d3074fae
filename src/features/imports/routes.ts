import { type Context, Hono } from 'hono'
import type { App } from '../../context.ts'
import { requireBearer } from '../../http/bearer.ts'
import { describe } from '../../http/describe.ts'
import { keyOf } from '../../http/idempotency.ts'
import { parseMediaType, refuseCoding } from '../../http/media-type.ts'
import { respondCreated } from '../../http/respond.ts'
import { validate } from '../../http/validate.ts'
import { AppError } from '../../lib/errors.ts'
import { MAX_BYTES, MEDIA_TYPE } from '../import-export/schema.ts'
import { FILE_TYPES, type File, ImportFileQuery } from './schema.ts'

/** Loaded with the first import, not when an isolate starts. */
const loadService = () => import('./service.ts')

/** The file of a request. Its bytes are counted on reading: mounted before the limit of ordinary bodies. */
function fileOf(c: Context<App>, query: ImportFileQuery): File {
  const type = parseMediaType(c.req.header('Content-Type'))?.essence ?? ''
  const detail = `Send the file with Content-Type: ${FILE_TYPES.join(' or ')}`
  if (!FILE_TYPES.includes(type)) throw new AppError('unsupported_media_type', { detail })
  refuseCoding(c)
  if (Number(c.req.header('Content-Length') ?? 0) > MAX_BYTES) throw new AppError('body_too_large')
  return { body: c.req.raw.body ?? new Blob([]).stream(), query, ours: type === MEDIA_TYPE }
}

export const fileImportRoutes = new Hono<App>()
  .use(requireBearer)
  .post('/preview', describe({ id: 'previewImport', access: 'user' }), validate('query', ImportFileQuery), async (c) =>
    c.json(await (await loadService()).previewImport(c.get('ctx'), fileOf(c, c.req.valid('query'))), 200),
  )
  .post(
    '/',
    describe({ id: 'importFile', access: 'user', location: '/projects/{project_id}', keyed: true }),
    validate('query', ImportFileQuery),
    async (c) => {
      const file = fileOf(c, c.req.valid('query'))
      const { importFile } = await loadService()
      const { row, head } = await importFile(c.get('ctx'), file, keyOf(c))
      c.header('FlowTrack-Seq', String(head))
      return respondCreated(c, row)
    },
  )
