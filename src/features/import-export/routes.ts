import { Hono } from 'hono'
import type { App } from '../../context.ts'
import { requireBearer } from '../../http/bearer.ts'
import { describe } from '../../http/describe.ts'
import { keyOf } from '../../http/idempotency.ts'
import { mediaType } from '../../http/media-type.ts'
import { respondCreated } from '../../http/respond.ts'
import { validate } from '../../http/validate.ts'
import { AppError } from '../../lib/errors.ts'
import { idParam } from '../../lib/fields.ts'
import { importProject, MAX_BYTES } from './import.ts'
import * as s from './schema.ts'
import { exportProject } from './service.ts'

export const exportRoutes = new Hono<App>().get(
  '/:id/export',
  describe({
    id: 'exportProject',
    summary: 'The whole project, as its journal',
    description:
      'Newline-delimited JSON. First a header: `{"flowtrack": 1, "epoch", "seq", "project": {…}, "users": [{id, email, name}]}` with everybody of whom the journal speaks. Then every row of the journal in order of seq, from 1 to the `seq` of the header. A file that ends before is not whole: the stream breaks off when something fails. It is the backup, and what `POST /projects/import` takes.',
    access: 'manager',
    ok: { status: 200, formats: [s.MEDIA_TYPE] },
    errors: ['not_found'],
  }),
  validate('param', idParam),
  async (c) => {
    const { key, stream } = await exportProject(c.var.ctx, c.req.valid('param').id)
    c.header('Content-Type', `${s.MEDIA_TYPE}; charset=utf-8`)
    c.header('Content-Disposition', `attachment; filename="${key}.ndjson"`)
    return c.body(stream) as never // no part of the typed contract
  },
)

const isLines = (type: string | undefined) => mediaType(type)?.essence === s.MEDIA_TYPE

/** Mounted before the limit of ordinary bodies, and before what reads them whole: this one counts as it reads. */
export const importRoutes = new Hono<App>().post(
  '/import',
  requireBearer,
  describe({
    id: 'importProject',
    summary: 'Make a project out of an export',
    description:
      'Tables equal a replay of the journal, under new ids and a new epoch; seq stays. Up to 64 MiB, all or nothing: a bad line refuses the file with its number (422, path `line 42`). People are found by e-mail if they share a project with you (an administrator finds everybody); you stand in for all others (`unmatched`), and become a manager. Imported rows have the request_id `import:<your id>`. A person has one import at a time: another one ends the first.',
    access: 'user',
    keyed: true,
    journalled: true,
    accepts: s.MEDIA_TYPE,
    ok: { status: 201, location: '/projects/{project.id}', schema: s.Imported },
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
  validate('query', s.ImportQuery),
  async (c) => {
    const detail = `The body must be ${s.MEDIA_TYPE}`
    if (!isLines(c.req.header('Content-Type'))) throw new AppError('unsupported_media_type', { detail })
    if (c.req.header('Content-Encoding') !== undefined) {
      throw new AppError('unsupported_media_type', { detail: 'The body must not be compressed' })
    }
    if (Number(c.req.header('Content-Length') ?? 0) > MAX_BYTES) throw new AppError('body_too_large')
    const body = c.req.raw.body ?? new Blob([]).stream()
    const { row, head } = await importProject(c.var.ctx, { body, key: c.req.valid('query').key, keyFor: keyOf(c) })
    c.header('FlowTrack-Seq', String(head))
    return respondCreated(c, row)
  },
)
