import type { SQL } from 'drizzle-orm'
import type { Ctx } from '../../context.ts'
import { read } from '../../transaction/read.ts'
import { toCsv } from '../reports/csv.ts'
import * as q from './queries.ts'
import { COLUMNS } from './schema.ts'

const BYTE_ORDER_MARK = '\ufeff'

/** Tasks as CSV, read page by page as the client takes it. A failure after the first page breaks the stream off. */
async function streamTable(ctx: Ctx, reader: Parameters<typeof read>[1], of: SQL, excel: boolean) {
  const readPage = async (after: string | null) =>
    (await read(ctx, reader, [q.selectTable(ctx.db.readOnly, of, after)]))[0].rows[0]
  let next = await readPage(null)
  const encoder = new TextEncoder()
  const toBytes = (rows: Parameters<typeof toCsv>[0]) => encoder.encode(toCsv(rows))
  return new ReadableStream<Uint8Array>({
    start: (controller) => {
      if (excel) controller.enqueue(encoder.encode(BYTE_ORDER_MARK))
      controller.enqueue(toBytes([COLUMNS]))
    },
    async pull(controller) {
      try {
        if (next?.rows) controller.enqueue(toBytes(next.rows))
        if (!next?.more) return controller.close()
        next = await readPage(next.last)
      } catch (error) {
        ctx.log.error('table_broke_off', { error })
        controller.error(error)
      }
    },
  })
}

/** All tasks of a project, archived ones too. */
export const streamProjectTasksCsv = (ctx: Ctx, project: string, excel: boolean) =>
  streamTable(ctx, { project }, q.isInProject(project), excel)

/** All tasks that are assigned to me, in my projects that are not archived. */
export const streamMyTasksCsv = (ctx: Ctx, excel: boolean) =>
  streamTable(ctx, 'anyone', q.isAssignedTo(ctx.actor.user_id), excel)
