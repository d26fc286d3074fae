import { useState } from 'preact/hooks'
import { client } from './client.ts'

/*
 * Unfinished texts and choices of the person who is signed in, by place. They are kept for this tab, so that neither
 * closing a card nor reloading the page loses them. A sign-out deletes them from the browser's storage, and the next
 * person gets none of them. In memory they stay until then: if only the session has ended, the same person finds them
 * again.
 */

/** A text that replaces another one: `began` is the text from which the editing began. A new text began empty. */
export type Edit = { text: string; began: string }

const KEPT = 'flowtrack:drafts'
type Kept = { owner: string; edits: [place: string, edit: Edit][] }

let owner: string | undefined
let edits = new Map<string, Edit>()

/** The storage may be forbidden or full: then texts are only kept in memory. */
function withStorage<T>(use: (storage: Storage) => T): T | undefined {
  try {
    return use(sessionStorage)
  } catch {
    return undefined
  }
}

function store(): void {
  withStorage((storage) => {
    if (edits.size === 0 || !owner) return storage.removeItem(KEPT)
    storage.setItem(KEPT, JSON.stringify({ owner, edits: [...edits] } satisfies Kept))
  })
}

function syncDraftsWithUser(): void {
  const { status, user } = client.getSnapshot()
  if (status === 'signed_out') withStorage((storage) => storage.removeItem(KEPT))
  if (!user) return
  if (user.id !== owner) {
    owner = user.id
    const kept = withStorage((storage) => JSON.parse(storage.getItem(KEPT) ?? 'null') as Kept | null)
    edits = new Map(kept?.owner === owner ? kept.edits : [])
  }
  store()
}
syncDraftsWithUser()
client.subscribe(syncDraftsWithUser)

export const editOf = (place: string): Edit | undefined => edits.get(place)

export function keepEdit(place: string, edit: Edit | undefined): void {
  if (edit && edit.text !== edit.began) edits.set(place, edit)
  else edits.delete(place)
  if (client.user) store()
}

export const draftOf = (place: string): string => editOf(place)?.text ?? ''

export const keepDraft = (place: string, text: string): void =>
  keepEdit(place, text.trim() ? { text, began: '' } : undefined)

/** The unfinished texts whose places begin with `start`. */
export const editsUnder = (start: string): [place: string, edit: Edit][] =>
  [...edits].filter(([place]) => place.startsWith(start))

/**
 * The editing of a text, which is `present` now. It is kept as a draft with the text from which it began, so that a
 * change by somebody else is noticed when the card is opened again. `theirs`: the present text after such a change.
 */
export function useEdit(place: string, present: string) {
  const [{ text, began }, setEdit] = useState(editOf(place) ?? { text: present, began: present })
  const [author] = useState(owner)
  const write = (text: string) => {
    setEdit({ text, began })
    if (owner === author) keepEdit(place, { text, began }) // else an answer came after somebody else had signed in
  }
  const theirs = [began, text].includes(present) ? undefined : present
  return { text, write, theirs, forget: () => keepEdit(place, undefined) }
}

/** A choice that is kept as the texts are, so that it is still there when somebody comes back to its page. */
export function useChoice<T extends object>(place: string, first: T): [T, (choice: T) => void] {
  const [choice, set] = useState<T>(() => ({ ...first, ...JSON.parse(draftOf(place) || '{}') }))
  const choose = (next: T) => {
    set(next)
    keepDraft(place, JSON.stringify(next))
  }
  return [choice, choose]
}
