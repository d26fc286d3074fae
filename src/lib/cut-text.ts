/** `at`, or one less if that is inside a surrogate pair, which is one character. */
function boundaryOf(text: string, at: number): number {
  const before = text.charCodeAt(at - 1)
  return before >= 0xd800 && before < 0xdc00 ? at - 1 : at
}

/**
 * The `max` UTF-16 code units of a well-formed text from `offset`; neither end is inside a surrogate pair. The part at
 * `offset + max` begins where this one ends.
 */
export const cutText = (text: string, max: number, offset = 0): string =>
  text.slice(boundaryOf(text, offset), boundaryOf(text, offset + max))
