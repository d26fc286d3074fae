import { useId, useRef, useState } from 'preact/hooks'
import { foldText } from '../board/filter.ts'
import { nameOf } from '../board/people.ts'
import type { Board } from '../client.ts'
import { Avatar } from '../parts.tsx'
import { t } from '../strings.ts'
import { draftOf, keepDraft } from './drafts.ts'

type Person = { id: string; name: string }
type Suggestions = { from: number; people: Person[]; at: number }

const MAX_SUGGESTIONS = 6

const peopleOf = (board: Board): Person[] =>
  board.members.map(({ user_id }) => ({ id: user_id, name: nameOf(board, user_id) }))

/** The people whose names match the `@…` before the cursor (in UTF-16 units); undefined when there are none. */
export function mentionAt(text: string, cursor: number, people: Person[]): Suggestions | undefined {
  const [, written] = /(?:^|\s)@([\p{L}\p{M}\p{N} .'-]{0,40})$/u.exec(text.slice(0, cursor)) ?? []
  if (written === undefined) return undefined
  const words = foldText(written) // of another length, perhaps
  const fitting = people.filter(({ name }) =>
    foldText(name)
      .split(/\s+/)
      .some((_, i, all) => all.slice(i).join(' ').startsWith(words)),
  )
  return fitting.length > 0
    ? { from: cursor - written.length - 1, people: fitting.slice(0, MAX_SUGGESTIONS), at: 0 }
    : undefined
}

/** The Markdown that mentions somebody. Brackets in a name are left out, since they would end it. */
const mentionOf = ({ id, name }: Person) => `@[${name.replace(/[[\]]/g, '')}](user:${id}) `

type Props = {
  board: Board
  /** The key of the draft (drafts.ts). */
  place: string
  first?: string
  label: string
  action: string
  /** Returns whether the text was taken: if it was not, it stays, to be sent again. */
  onSend: (text: string) => boolean | Promise<boolean>
  onCancel?: () => void
}

type Pick = (person: Person | undefined) => void

/** Handles a key for the list of people: moves in it, picks from it or closes it. False for any other key. */
function handleListKey(
  { key }: KeyboardEvent,
  asked: Suggestions,
  ask: (asked?: Suggestions) => void,
  pick: Pick,
): boolean {
  const turn = ({ ArrowDown: 1, ArrowUp: -1 } as Record<string, number>)[key]
  if (turn) ask({ ...asked, at: (asked.at + turn + asked.people.length) % asked.people.length })
  else if (key === 'Enter' || key === 'Tab') pick(asked.people[asked.at])
  else if (key === 'Escape') ask(undefined)
  else return false
  return true
}

/** The people that an `@` may mean, to pick from. */
const MentionList = ({ id, asked, onPick }: { id: string; asked: Suggestions; onPick: Pick }) => (
  <div class="mentions" role="listbox" id={`${id}-list`} aria-label={t.dialog.mention}>
    {asked.people.map((person, i) => (
      // biome-ignore lint/a11y/useFocusableInteractive: the focus stays in the text; aria-activedescendant names the option
      // biome-ignore lint/a11y/useKeyWithClickEvents: arrow keys and Enter are taken in the text
      <div
        key={person.id}
        id={`${id}-${i}`}
        role="option"
        aria-selected={i === asked.at}
        onPointerDown={(event) => event.preventDefault()}
        onClick={() => onPick(person)}
      >
        <Avatar id={person.id} name={person.name} />
        {person.name}
      </div>
    ))}
  </div>
)

/** The text, kept as a draft, and the people that an `@` in it may mean. */
function useWriting(place: string, first: string) {
  const [text, setText] = useState(draftOf(place) || first)
  const [asked, setAsked] = useState<Suggestions>()
  const field = useRef<HTMLTextAreaElement>(null)
  const write = (next: string) => {
    setText(next)
    keepDraft(place, next)
  }
  const pick: Pick = (person) => {
    if (!asked || !person || !field.current) return
    const end = field.current.selectionStart
    const put = mentionOf(person)
    write(text.slice(0, asked.from) + put + text.slice(end))
    setAsked(undefined)
    const cursor = asked.from + put.length
    requestAnimationFrame(() => {
      field.current?.focus()
      field.current?.setSelectionRange(cursor, cursor)
    })
  }
  return { text, write, asked, setAsked, field, pick }
}

/** Text in Markdown, in which `@` mentions members. */
export function Writer({ board, place, first = '', label, action, onSend, onCancel }: Props) {
  const { text, write, asked, setAsked, field, pick } = useWriting(place, first)
  const id = useId()
  const send = async () => {
    // Until there is an answer, the user may write on: then the text is not the one that was sent, and stays.
    if (text.trim() && (await onSend(text.trim())) && draftOf(place) === text) write('')
  }
  const cancel = () => {
    keepDraft(place, '')
    onCancel?.()
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.isComposing) return // the key ends a composition, as of Japanese
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) return void send()
    if (!asked || !handleListKey(event, asked, setAsked, pick)) return
    event.preventDefault()
    event.stopPropagation()
  }
  return (
    <div class="writing">
      {asked && <MentionList id={id} asked={asked} onPick={pick} />}
      <textarea
        ref={field}
        rows={3}
        maxLength={20_000}
        aria-label={label}
        aria-autocomplete="list"
        aria-controls={asked ? `${id}-list` : undefined}
        aria-activedescendant={asked ? `${id}-${asked.at}` : undefined}
        placeholder={t.dialog.mentionHint}
        value={text}
        onInput={({ currentTarget }) => {
          write(currentTarget.value)
          setAsked(mentionAt(currentTarget.value, currentTarget.selectionStart, peopleOf(board)))
        }}
        onKeyDown={onKeyDown}
        onBlur={() => setAsked(undefined)}
      />
      <div class="actions">
        <button type="button" class="primary" disabled={!text.trim()} onClick={() => void send()}>
          {action}
        </button>
        {onCancel && (
          <button type="button" class="quiet" onClick={cancel}>
            {t.cancel}
          </button>
        )}
      </div>
    </div>
  )
}
