import { useEffect, useState } from 'preact/hooks'
import { client } from './client.ts'
import { t } from './strings.ts'

/*
 * Messages to the user: one polite live region, which screen readers read out, and visible notes. Those of errors stay
 * until they are dismissed; those of what was done offer a way on or back, and go when the person signs out.
 */

/** A way on, which is a link, or back: that can be used once, and soon. */
type Offer = { label: string } & ({ href: string } | { act: () => void })
type Note = { id: number; text: string; offer?: Offer }
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

/** Announces a text after some milliseconds, unless another one is announced meanwhile. Returns how to cancel it. */
export function announceLater(text: string, ms: number): () => void {
  const { turn } = said
  const timer = setTimeout(() => said.turn === turn && announce(text), ms)
  return () => clearTimeout(timer)
}

/** Shows and announces an error until it is dismissed. Returns a function that dismisses it. */
export function showError(text: string): () => void {
  const { id } = notes.find((note) => note.text === text) ?? addNote(text)
  return () => removeNote(id)
}

/** Shows and announces what was done, with what the person can do about it. */
export function showDone(text: string, offer: Offer): void {
  const { id } = addNote(text, offer)
  if ('act' in offer) removeLater(id)
}

const USABLE_MS = 10_000

/** Removes a note after a while, but not while somebody is about to use it. */
function removeLater(id: number): void {
  setTimeout(() => {
    if (document.querySelector(`[data-note="${id}"]:is(:hover, :focus-within)`)) removeLater(id)
    else removeNote(id)
  }, USABLE_MS)
}

client.subscribe(() => {
  if (client.user) return
  notes = notes.filter(({ offer }) => !offer)
  notifyListeners()
})

function addNote(text: string, offer?: Offer): Note {
  const note = { id: Date.now() + Math.random(), text, ...(offer && { offer }) }
  notes = [...notes.slice(-3), note]
  announce(text)
  return note
}

function removeNote(id: number): void {
  notes = notes.filter((note) => note.id !== id)
  notifyListeners()
}

function OfferOf({ offer, onUse }: { offer: Offer; onUse: () => void }) {
  if ('href' in offer)
    return (
      <a href={offer.href} onClick={onUse}>
        {offer.label}
      </a>
    )
  const act = () => {
    offer.act()
    onUse()
  }
  return (
    <button type="button" onClick={act}>
      {offer.label}
    </button>
  )
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
        {notes.map(({ id, text, offer }) => (
          <div class={offer ? 'note done' : 'note'} data-note={id} key={id}>
            <p>{text}</p>
            {offer && <OfferOf offer={offer} onUse={() => removeNote(id)} />}
            <button type="button" class="quiet" onClick={() => removeNote(id)}>
              {t.dismiss}
            </button>
          </div>
        ))}
      </div>
    </>
  )
}
