import { AppError } from '../../lib/errors.ts'

export type ReceiveOptions = {
  /** Bytes of the whole body; more throw body_too_large. */
  maxBytes: number
  /** Sees every byte, in order. */
  onBytes?: (chunk: Uint8Array) => void
}
/** Makes the error of a body of which this many bytes were received. */
type Failure = (bytes: number) => AppError

/** Yields the bytes of a body as they arrive. Throws body_too_large, or what `brokenAt` makes if it breaks off. */
export async function* receiveBytes(
  body: ReadableStream<Uint8Array>,
  { maxBytes, onBytes }: ReceiveOptions,
  brokenAt: Failure,
): AsyncGenerator<Uint8Array> {
  const reader = body.getReader()
  let bytes = 0
  try {
    for (;;) {
      const { value } = await reader.read().catch(() => {
        throw brokenAt(bytes)
      })
      if (!value) return
      bytes += value.byteLength
      if (bytes > maxBytes) throw new AppError('body_too_large', { facts: { limit: maxBytes } })
      onBytes?.(value)
      yield value
    }
  } finally {
    await reader.cancel().catch(() => undefined) // the rest is not needed
  }
}

/** The text of bytes, piece by piece, without a byte order mark. Throws `notUtf8At` if they are not UTF-8. */
export async function* textOf(body: AsyncIterable<Uint8Array>, notUtf8At: Failure): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false })
  let bytes = 0
  const decode = (chunk?: Uint8Array) => {
    try {
      return chunk ? decoder.decode(chunk, { stream: true }) : decoder.decode()
    } catch {
      throw notUtf8At(bytes)
    }
  }
  for await (const chunk of body) {
    bytes += chunk.byteLength
    yield decode(chunk)
  }
  yield decode()
}
