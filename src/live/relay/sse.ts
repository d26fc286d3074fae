/**
 * Reads server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html) as they
 * come: bytes may be split anywhere, within a character or a line break too. Only `data` matters
 * here; other fields and comments are skipped. No I/O.
 */
export type SseReader = { push(bytes: Uint8Array): string[] }

/** Characters of one event; a stream that never ends its event must not fill the memory. */
const MAX_EVENT = 8 * 1024 * 1024

/** `push` returns the data of the events that are now complete, and throws RangeError when one gets too long. */
export function newSseReader(): SseReader {
  const decoder = new TextDecoder()
  let line: string[] = [] // the pieces of an unfinished line: joining them at each push would be quadratic
  let data: string[] = []
  let size = 0
  let afterReturn = false

  function endLine(events: string[]): void {
    const text = line.join('')
    line = []
    if (text === '') {
      if (data.length > 0) events.push(data.join('\n'))
      data = []
      size = 0
    } else if (text.startsWith('data:')) {
      data.push(text.slice(text.charCodeAt(5) === 0x20 ? 6 : 5))
    }
  }

  return {
    push(bytes) {
      const events: string[] = []
      let text = decoder.decode(bytes, { stream: true })
      if (text === '') return events
      if (afterReturn && text.startsWith('\n')) text = text.slice(1)
      afterReturn = text === '' ? false : text.endsWith('\r')
      const [first = '', ...rest] = text.split(/\r\n|\r|\n/)
      size += text.length
      if (size > MAX_EVENT) throw new RangeError('An event of the stream is too long')
      line.push(first)
      for (const next of rest) {
        endLine(events)
        line.push(next)
      }
      return events
    },
  }
}
