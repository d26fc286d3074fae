import type { Ctx } from '../../context.ts'
import { read } from '../../transaction/read.ts'
import { oneOrNotFound } from '../../transaction/write-result.ts'
import * as q from './queries.ts'

/** The bytes of an export, and the project's key, after which the file is named. */
export type Export = { key: string; stream: ReadableStream<Uint8Array> }

/**
 * A project as its journal: a header line, then every row up to the head that the header names. It
 * is read page by page, as fast as the reader takes it; the journal only grows, so the pages are
 * consistent. If a later page fails, the stream breaks off. Managers only: it shows e-mail addresses.
 */
export async function exportProject(ctx: Ctx, id: string): Promise<Export> {
  const { readOnly } = ctx.db
  const guard = { project: id, role: 'manager' } as const
  const [heads, people, first] = await read(ctx, guard, [
    q.selectExported(readOnly, id),
    q.selectPeople(readOnly, id),
    q.selectLines(readOnly, id, 0),
  ])
  const { project, epoch, seq } = oneOrNotFound(heads)
  const header = { flowtrack: 1, epoch, seq, project, users: people.rows }
  const encoder = new TextEncoder()
  let page: Page | undefined = oneOrNotFound(first.rows)
  let since = 0
  const stream = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(encoder.encode(`${JSON.stringify(header)}\n`)),
    async pull(controller) {
      try {
        page ??= oneOrNotFound((await read(ctx, guard, [q.selectLines(readOnly, id, since, seq)]))[0].rows)
        if (page.last === null) throw new Error(`The journal ends at ${since}, before its head`)
      } catch (error) {
        ctx.log.error('export_broke_off', { error, since, seq })
        return controller.error(error)
      }
      since = Number(page.last)
      controller.enqueue(encoder.encode(`${page.lines}\n`))
      page = undefined
      if (since >= seq) controller.close()
    },
  })
  return { key: project.key, stream }
}

type Page = { last: string | null; lines: string | null }
