import { useEffect, useState } from 'preact/hooks'
import { t } from './strings.ts'

/*
 * Messages to the user: one polite live region, which screen readers read out, and visible notes of errors, which stay
 * until they are dismissed.
 */

type Note = { id: number; text: string }
type Said = { text: string; turn: number }

let notes: Note[] = []
let said: Said = { text: '', turn: 0 }
const listeners = new Set<() => void>()
const notifyListeners = () => {
  for (const listener of listeners) listener()
}

/** Makes screen readers read a text out. */
export function announce(text: string): void {
  said = { text, turn: said.turn + 1 }
  notifyListeners()
}

/** Shows and announces an error until it is dismissed. Returns a function that dismisses it. */
export function showError(text: string): () => void {
  const { id } = notes.find((note) => note.text === text) ?? addNote(text)
  return () => removeNote(id)
}

function addNote(text: string): Note {
  const note = { id: Date.now() + Math.random(), text }
  notes = [...notes.slice(-3), note]
  announce(text)
  return note
}

function removeNote(id: number): void {
  notes = notes.filter((note) => note.id !== id)
  notifyListeners()
}

export function Announcements() {
  const [, redraw] = useState(0)
  const [{ turn: first }] = useState(said) // a dialog that opens later does not repeat it
  useEffect(() => {
    const listener = () => redraw((n) => n + 1)
    listeners.add(listener)
    return () => void listeners.delete(listener)
  }, [])
  return (
    <>
      {/* Every other text ends with a space: screen readers read only what has changed, and a text may be repeated. */}
      <div class="unseen" role="status" aria-live="polite" data-announcements>
        {said.turn > first && said.text + (said.turn % 2 ? '\u00a0' : '')}
      </div>
      <div class="notes">
        {notes.map(({ id, text }) => (
          <div class="note" key={id}>
            <p>{text}</p>
            <button type="button" class="quiet" onClick={() => removeNote(id)}>
              {t.dismiss}
            </button>
          </div>
        ))}
      </div>
    </>
  )
}
