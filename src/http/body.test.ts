import { Hono } from 'hono'
import { expect, it } from 'vitest'
import type { App } from '../context.ts'
import { linesOf } from '../features/import-export/lines.ts'
import { readWholeBody } from './body.ts'
import { toAppError } from './problem.ts'

/** Bodies that no test client can send: they break off before they are complete. */

const app = new Hono<App>()
  .use(readWholeBody)
  .post('/', async (c) => c.text(await c.req.text()))
  .onError((error, c) => c.text(toAppError(error).code, 500))

async function post(chunks: string[], ending: 'whole' | 'cut', headers: Record<string, string> = {}): Promise<string> {
  const left = chunks.map((chunk) => new TextEncoder().encode(chunk))
  const body = new ReadableStream<Uint8Array>({
    pull(stream) {
      const next = left.shift()
      if (next) stream.enqueue(next)
      else if (ending === 'whole') stream.close()
      else stream.error(new Error('Network connection lost.'))
    },
  })
  const init = { method: 'POST', headers, body, duplex: 'half' } // Node requires it for a stream
  return (await app.request('/', init as RequestInit)).text()
}

it('keeps the whole body for the handler that reads it', async () => {
  expect(await post(['{"a"', ':1}'], 'whole')).toBe('{"a":1}')
  expect(await post(['{"a":1}'], 'whole', { 'Content-Length': '7' })).toBe('{"a":1}')
  expect(await post([], 'whole')).toBe('')
})

it('reports a body that breaks off as an error of the client', async () => {
  expect(await post(['{"a"'], 'cut')).toBe('body_malformed')
  expect(await post(['{"a"'], 'cut', { 'Content-Length': '7' })).toBe('body_malformed')
})

it('stops at the size limit, whatever the headers say', async () => {
  const chunk = 'x'.repeat(64 * 1024)
  expect(await post([chunk, chunk, chunk, chunk], 'whole')).toHaveLength(256 * 1024)
  expect(await post([chunk, chunk, chunk, chunk, 'x'], 'whole')).toBe('body_too_large')
  expect(await post([], 'whole', { 'Content-Length': '262145' })).toBe('body_too_large')
})

it('names the line at which a file breaks off, and stops reading a file that is too large', async () => {
  const bytes = new TextEncoder()
  let cancelled = false
  const file = (end: (stream: ReadableStreamDefaultController<Uint8Array>) => void) => {
    const left = ['one\ntw', 'o\nthr']
    return new ReadableStream<Uint8Array>({
      pull(stream) {
        const next = left.shift()
        if (next) stream.enqueue(bytes.encode(next))
        else end(stream)
      },
      cancel: () => {
        cancelled = true
      },
    })
  }
  const read = async (body: ReadableStream<Uint8Array>, maxBytes: number) => {
    const lines: string[] = []
    for await (const line of linesOf(body, { maxBytes })) lines.push(line)
    return lines
  }
  expect(
    await read(
      file((stream) => stream.close()),
      100,
    ),
  ).toEqual(['one', 'two', 'thr'])
  const errors = [{ path: 'line 3', message: 'is incomplete: send the file again' }]
  await expect(
    read(
      file((stream) => stream.error(new Error('cut'))),
      100,
    ),
  ).rejects.toMatchObject({ details: { errors } })
  await expect(
    read(
      file(() => undefined),
      6,
    ),
  ).rejects.toMatchObject({ code: 'body_too_large' })
  expect(cancelled).toBe(true)
})
