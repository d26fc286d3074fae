import { type Context, Hono, type MiddlewareHandler } from 'hono'
import { etag } from 'hono/etag'
import type { App } from '../../../context.ts'
import { baseOf } from '../../../http/base-url.ts'
import { deviceOf, requireBearer } from '../../../http/bearer.ts'
import { describe } from '../../../http/describe.ts'
import { PROBLEMS, toAppError } from '../../../http/problem.ts'
import { respondCreated, respondWithPage } from '../../../http/respond.ts'
import { validate } from '../../../http/validate.ts'
import { idParam } from '../../../lib/fields.ts'
import { PICTURE_POLICY } from '../respond.ts'
import { CreateReportLink, ListReportLinks, MAX_AGE, PicturePath, PictureQuery } from './schema.ts'
import * as service from './service.ts'

/** Answers with a picture that any site may show, and any cache may keep for MAX_AGE. */
const respondWithPicture = (c: Context, svg: string, status: 200 | 403 | 422) =>
  c.body(svg, status, {
    'Content-Type': 'image/svg+xml; charset=utf-8',
    'Cache-Control': `public, max-age=${MAX_AGE}`,
    'Content-Security-Policy': PICTURE_POLICY,
    'Cross-Origin-Resource-Policy': 'cross-origin',
  })

/** A page that embeds a picture cannot show a problem document: a refusal is a picture too. */
const drawRefusals: MiddlewareHandler<App> = async (c, next) => {
  await next()
  if (c.error === undefined) return
  const { status, title } = PROBLEMS[toAppError(c.error).code]
  const { drawRefusal } = await import('../pictures/refused.ts')
  if (status === 403) c.res = respondWithPicture(c, drawRefusal(title), status)
  if (status === 422) c.res = respondWithPicture(c, drawRefusal('This report can no longer be drawn'), status)
}

/** Open to anybody with the link: mounted before the routes that need a token. */
export const pictureRoutes = new Hono<App>()
  .use('/pictures/*', drawRefusals, etag())
  .get(
    '/pictures/:link/:project_id/:report',
    describe({ id: 'linkedPicture', access: 'public', versioned: 'file' }),
    validate('param', PicturePath),
    validate('query', PictureQuery),
    async (c) => {
      const { ip } = deviceOf(c)
      return respondWithPicture(
        c,
        await service.drawLinkedPicture(c.get('ctx'), c.req.valid('param'), c.req.query(), ip),
        200,
      )
    },
  )

export const reportLinkRoutes = new Hono<App>()
  .use('/links/*', requireBearer)
  .get(
    '/links',
    describe({ id: 'listReportLinks', access: 'user', bound_keys: true }),
    validate('query', ListReportLinks),
    async (c) => respondWithPage(c, await service.listReportLinks(c.get('ctx'), c.req.valid('query'), baseOf(c))),
  )
  .post(
    '/links',
    describe({ id: 'createReportLink', access: 'viewer', location: '/reports/links/{id}', keyed: true }),
    validate('json', CreateReportLink),
    async (c) => respondCreated(c, await service.createReportLink(c.get('ctx'), c.req.valid('json'), baseOf(c))),
  )
  .delete(
    '/links/:id',
    describe({ id: 'revokeReportLink', access: 'user', bound_keys: true }),
    validate('param', idParam),
    async (c) => {
      await service.revokeReportLink(c.get('ctx'), c.req.valid('param').id)
      return c.body(null, 204)
    },
  )
