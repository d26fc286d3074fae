import { useEffect, useState } from 'preact/hooks'
import { t } from './strings.ts'

/*
 * What happened, for everybody: one polite live region that screen readers read out, and notes of what went wrong that
 * stay until they are dismissed.
 */

type Note = { id: number; text: string }
type Said = { text: string; turn: number }

let notes: Note[] = []
let said: Said = { text: '', turn: 0 }
const listeners = new Set<() => void>()
const changed = () => {
  for (const listener of listeners) listener()
}

/** Says something to who cannot see it. */
export function announce(text: string): void {
  said = { text, turn: said.turn + 1 }
  changed()
}

/** Shows what went wrong until it is dismissed. Returns how to dismiss it, for whoever knows that it is over. */
export function showError(text: string): () => void {
  const { id } = notes.find((note) => note.text === text) ?? show(text)
  return () => dismiss(id)
}

function show(text: string): Note {
  const note = { id: Date.now() + Math.random(), text }
  notes = [...notes.slice(-3), note]
  announce(text)
  return note
}

function dismiss(id: number): void {
  notes = notes.filter((note) => note.id !== id)
  changed()
}

export function Announcements() {
  const [, redraw] = useState(0)
  useEffect(() => {
    const listener = () => redraw((n) => n + 1)
    listeners.add(listener)
    return () => void listeners.delete(listener)
  }, [])
  return (
    <>
      {/* A space that comes and goes makes the same words be read out again. */}
      <div class="unseen" role="status" aria-live="polite" data-announcements>
        {said.text + (said.turn % 2 ? '\u00a0' : '')}
      </div>
      <div class="notes">
        {notes.map(({ id, text }) => (
          <div class="note" key={id}>
            <p>{text}</p>
            <button type="button" class="quiet" onClick={() => dismiss(id)}>
              {t.dismiss}
            </button>
          </div>
        ))}
      </div>
    </>
  )
}
