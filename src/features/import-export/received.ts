import { AppError } from '../../lib/errors.ts'

export type Limits = {
  /** Bytes of the whole; more than that is body_too_large. */
  maxBytes: number
  /** Sees every byte, in order. */
  onBytes?: (chunk: Uint8Array) => void
}
/** What is wrong with a body after so many bytes. */
type Failure = (bytes: number) => AppError

/** The bytes of a body as they arrive, up to the limit. One that breaks off on its way is the sender's failure: no 500. */
export async function* received(
  body: ReadableStream<Uint8Array>,
  { maxBytes, onBytes }: Limits,
  broken: Failure,
): AsyncGenerator<Uint8Array> {
  const reader = body.getReader()
  let bytes = 0
  try {
    for (;;) {
      const { value } = await reader.read().catch(() => {
        throw broken(bytes)
      })
      if (!value) return
      bytes += value.byteLength
      if (bytes > maxBytes) throw new AppError('body_too_large', { facts: { limit: maxBytes } })
      onBytes?.(value)
      yield value
    }
  } finally {
    await reader.cancel().catch(() => undefined) // nobody wants the rest
  }
}

/** The text of bytes, piece by piece, without a byte order mark. */
export async function* textOf(body: AsyncIterable<Uint8Array>, notUtf8: Failure): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false })
  let bytes = 0
  const decode = (chunk?: Uint8Array) => {
    try {
      return chunk ? decoder.decode(chunk, { stream: true }) : decoder.decode()
    } catch {
      throw notUtf8(bytes)
    }
  }
  for await (const chunk of body) {
    bytes += chunk.byteLength
    yield decode(chunk)
  }
  yield decode()
}
