/** Unfinished texts by place, kept while the page is open, so that closing a card does not lose them. */
const drafts = new Map<string, string>()

export const draftOf = (place: string) => drafts.get(place) ?? ''

export function keepDraft(place: string, text: string): void {
  if (text.trim()) drafts.set(place, text)
  else drafts.delete(place)
}

/** A text that replaces another one: `began` is the text from which the editing began. */
export type Edit = { text: string; began: string }

export function editOf(place: string): Edit | undefined {
  const text = draftOf(place)
  return text ? { text, began: draftOf(`${place}:began`) } : undefined
}

export function keepEdit(place: string, edit: Edit | undefined): void {
  keepDraft(place, edit && edit.text !== edit.began ? edit.text : '')
  keepDraft(`${place}:began`, edit?.began ?? '')
}
