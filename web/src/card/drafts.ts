/** What somebody has begun to write, kept while the page is open: closing a card must not lose it. */
const drafts = new Map<string, string>()

export const draftOf = (place: string) => drafts.get(place) ?? ''

export function keepDraft(place: string, text: string): void {
  if (text.trim()) drafts.set(place, text)
  else drafts.delete(place)
}
