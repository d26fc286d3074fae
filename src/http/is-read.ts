import type { Context } from 'hono'

/** Whether a request only reads. Hono answers HEAD by the handler of GET. */
export const isRead = (c: Context) => c.req.method === 'GET' || c.req.method === 'HEAD'
