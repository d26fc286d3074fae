import { useId, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { foldCaseAndAccents } from '../board/filter.ts'
import { nameOf } from '../board/people.ts'
import type { Board } from '../client.ts'
import { Avatar } from '../parts.tsx'
import { t } from '../strings.ts'

type Person = { id: string; name: string }
type Suggestions = { from: number; people: Person[]; at: number }

const MAX_SUGGESTIONS = 6

const peopleOf = (board: Board): Person[] =>
  board.members.map(({ user_id }) => ({ id: user_id, name: nameOf(board, user_id) }))

/** The people whose names match the `@…` before the cursor (in UTF-16 code units); undefined when there are none. */
function mentionAt(text: string, cursor: number, people: Person[]): Suggestions | undefined {
  const [, written] = /(?:^|\s)@([\p{L}\p{M}\p{N} .'-]{0,40})$/u.exec(text.slice(0, cursor)) ?? []
  if (written === undefined) return undefined
  const words = foldCaseAndAccents(written) // of another length, perhaps
  const fitting = people.filter(({ name }) =>
    foldCaseAndAccents(name)
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
  text: string
  onText: (text: string) => void
  label: string
  action: string
  onSend: (text: string) => void
  /** Whether a key sends it too. */
  sendByKey?: boolean
  /** Whether the text is on its way: until there is an answer, it stays as it is. */
  busy?: boolean
  cancel?: string
  onCancel?: () => void
  /** Takes the focus when it appears. */
  focus?: boolean
}

/** Ctrl or Cmd with Enter sends or saves what is written. */
export const isSendKey = ({ key, ctrlKey, metaKey, isComposing }: KeyboardEvent): boolean =>
  key === 'Enter' && (ctrlKey || metaKey) && !isComposing

type Pick = (person: Person | undefined) => void

/** Handles a key for the list of people: moves in it, picks from it or closes it. Returns false for any other key. */
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

/** The field of the text, and the people that an `@` in it may mean. */
function useWriting({ text, onText, focus }: Props) {
  const [asked, setAsked] = useState<Suggestions>()
  const field = useRef<HTMLTextAreaElement>(null)
  useLayoutEffect(() => {
    if (focus) field.current?.focus()
  }, [])
  const pick: Pick = (person) => {
    if (!asked || !person || !field.current) return
    const end = field.current.selectionStart
    const put = mentionOf(person)
    onText(text.slice(0, asked.from) + put + text.slice(end))
    setAsked(undefined)
    const cursor = asked.from + put.length
    requestAnimationFrame(() => {
      field.current?.focus()
      field.current?.setSelectionRange(cursor, cursor)
    })
  }
  return { asked, setAsked, field, pick }
}

/** Text in Markdown, in which `@` mentions members. */
export function Writer(props: Props) {
  const { board, text, onText, label, action, onSend, sendByKey = true, busy = false, cancel = t.cancel } = props
  const { asked, setAsked, field, pick } = useWriting(props)
  const id = useId()
  const send = () => {
    if (text.trim()) onSend(text.trim())
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.isComposing) return // the key ends a composition, as of Japanese
    if (isSendKey(event)) return sendByKey ? send() : undefined
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
        readOnly={busy}
        onInput={({ currentTarget }) => {
          onText(currentTarget.value)
          setAsked(mentionAt(currentTarget.value, currentTarget.selectionStart, peopleOf(board)))
        }}
        onKeyDown={onKeyDown}
        onBlur={() => setAsked(undefined)}
      />
      <div class="actions">
        <button type="button" class="primary" aria-disabled={!text.trim()} onClick={send}>
          {action}
        </button>
        {props.onCancel && (
          <button type="button" class="quiet" onClick={props.onCancel}>
            {cancel}
          </button>
        )}
      </div>
    </div>
  )
}
