/** Unfinished texts by place, kept while the page is open, so that closing a card does not lose them. */
const drafts = new Map<string, string>()

export const draftOf = (place: string) => drafts.get(place) ?? ''

export function keepDraft(place: string, text: string): void {
  if (text.trim()) drafts.set(place, text)
  else drafts.delete(place)
}
