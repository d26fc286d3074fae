import { Hono } from 'hono'
import type { App } from '../../context.ts'
import { requireBearer } from '../../http/bearer.ts'
import { describe } from '../../http/describe.ts'
import { keyOf } from '../../http/idempotency.ts'
import { parseMediaType, refuseCoding } from '../../http/media-type.ts'
import { respondCreated } from '../../http/respond.ts'
import { validate } from '../../http/validate.ts'
import { AppError } from '../../lib/errors.ts'
import { idParam } from '../../lib/fields.ts'
import * as s from './schema.ts'
import { exportProject } from './service.ts'

export const exportRoutes = new Hono<App>().get(
  '/:id/export',
  describe({ id: 'exportProject', access: 'manager' }),
  validate('param', idParam),
  async (c) => {
    const { key, stream } = await exportProject(c.get('ctx'), c.req.valid('param').id)
    c.header('Content-Type', `${s.MEDIA_TYPE}; charset=utf-8`)
    c.header('Content-Disposition', `attachment; filename="${key}.ndjson"`)
    return c.body(stream)
  },
)

const isExport = (type: string | undefined) => parseMediaType(type)?.essence === s.MEDIA_TYPE

/** Mounted before the middleware that limits and reads whole bodies: this route counts bytes as it reads. */
export const importRoutes = new Hono<App>().post(
  '/import',
  requireBearer,
  describe({ id: 'importProject', access: 'user', location: '/projects/{project.id}', keyed: true }),
  validate('query', s.ImportQuery),
  async (c) => {
    const detail = `Send an exported file with Content-Type: ${s.MEDIA_TYPE}`
    if (!isExport(c.req.header('Content-Type'))) throw new AppError('unsupported_media_type', { detail })
    refuseCoding(c)
    if (Number(c.req.header('Content-Length') ?? 0) > s.MAX_BYTES) throw new AppError('body_too_large')
    const body = c.req.raw.body ?? new Blob([]).stream()
    const { importProject } = await import('./import.ts') // loaded with the first import, not when an isolate starts
    const { row, head } = await importProject(c.get('ctx'), { body, key: c.req.valid('query').key, keyFor: keyOf(c) })
    c.header('FlowTrack-Seq', String(head))
    return respondCreated(c, row)
  },
)
