import type { SQL } from 'drizzle-orm'
import type { Ctx } from '../../context.ts'
import { read } from '../../transaction/read.ts'
import { toCsv } from '../reports/csv.ts'
import * as q from './queries.ts'
import { COLUMNS } from './schema.ts'

const BYTE_ORDER_MARK = '\ufeff'

/** Tasks as a CSV, page by page, as fast as the reader takes it. A failure on the way breaks the stream off. */
async function tableOf(ctx: Ctx, reader: Parameters<typeof read>[1], of: SQL, excel: boolean) {
  const page = async (after: string | null) =>
    (await read(ctx, reader, [q.selectTable(ctx.db.readOnly, of, after)]))[0].rows[0]
  let next = await page(null)
  const encoder = new TextEncoder()
  const lines = (rows: Parameters<typeof toCsv>[0]) => encoder.encode(toCsv(rows))
  return new ReadableStream<Uint8Array>({
    start: (controller) => {
      if (excel) controller.enqueue(encoder.encode(BYTE_ORDER_MARK))
      controller.enqueue(lines([COLUMNS]))
    },
    async pull(controller) {
      try {
        if (next?.rows) controller.enqueue(lines(next.rows))
        if (!next?.more) return controller.close()
        next = await page(next.last)
      } catch (error) {
        ctx.log.error('table_broke_off', { error })
        controller.error(error)
      }
    },
  })
}

/** All tasks of a project, archived ones too. */
export const projectTable = (ctx: Ctx, project: string, excel: boolean) =>
  tableOf(ctx, { project }, q.ofProject(project), excel)

/** What is assigned to me, in all my projects that are not archived. */
export const myTable = (ctx: Ctx, excel: boolean) => tableOf(ctx, 'anyone', q.ofPerson(ctx.actor.user_id), excel)
