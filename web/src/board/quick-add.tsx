import type { RefObject } from 'preact'
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { announce, showError } from '../announce.tsx'
import type { BoardColumn, OpenBoard } from '../client.ts'
import { draftOf, keepDraft } from '../drafts.ts'
import { Form, Icon, takeFocus } from '../parts.tsx'
import { t } from '../strings.ts'
import { type Filter, fits } from './filter.ts'

type Props = { open: OpenBoard; column: BoardColumn; filter: Filter }

const placeOf = ({ id }: BoardColumn) => `new:${id}`

/** Adds one card after another, at the bottom of a column. It is open at first if a title was begun there before. */
export function QuickAdd(props: Props) {
  const place = placeOf(props.column)
  const [isOpen, setOpen] = useState(() => draftOf(place) !== '')
  const opener = useRef<HTMLButtonElement>(null)
  const wasOpened = useRef(false)
  const close = () => {
    setOpen(false)
    keepDraft(place, '')
    requestAnimationFrame(() => opener.current?.focus())
  }
  if (isOpen) return <NewCard {...props} takesFocus={wasOpened.current} onClose={close} />
  return (
    <button
      type="button"
      class="quiet add-card"
      ref={opener}
      aria-label={t.board.addTo(props.column.name)}
      onClick={() => {
        wasOpened.current = true
        setOpen(true)
      }}
    >
      <Icon name="plus" /> {t.board.add}
    </button>
  )
}

/** Shows the title that was begun in a column, when the column is deleted. */
function useTitleOfDeletedColumn(open: OpenBoard, column: BoardColumn): void {
  const last = useRef(column)
  last.current = column
  useEffect(
    () => () => {
      const { id, name } = last.current
      const title = draftOf(placeOf(column))
      const { board } = open.getSnapshot()
      if (!title || !board || board.columns.some((one) => one.id === id)) return
      keepDraft(placeOf(column), '')
      showError(t.board.notAdded(title, name))
    },
    [],
  )
}

/** What a filter looks at, of a card that has only a title. */
const NEW = {
  number: '',
  assignee_ids: [],
  label_ids: [],
  priority: 'none',
  due_date: null,
  completed_at: null,
} as const

const MAX_TITLE = 500
/** How many lines of a pasted text may become cards at once. */
const MAX_LINES = 100

/** As much of a text as a title may have; never half of a surrogate pair. */
const cutTitle = (text: string) => text.slice(0, MAX_TITLE).replace(/[\ud800-\udbff]$/, '')

/** As a title has no control characters: a row of a table has tabs. */
const toOneLine = (text: string) => text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim()

const HAS_VISIBLE = /[^\p{White_Space}\p{Default_Ignorable_Code_Point}\p{Cf}\u2800]/u

const linesOf = (text: string) =>
  text
    .split(/[\n\r\u2028\u2029]/)
    .map(toOneLine)
    .filter((line) => HAS_VISIBLE.test(line))

/** The fields of a new card: a title that does not fit is whole in the description. */
const fieldsOf = (text: string) => ({
  title: cutTitle(text),
  ...(text.length > MAX_TITLE && { description: text }),
})

type PastedProps = { lines: string[]; onAdd: () => void; onJoin: () => void; onClose: () => void }

/** Asks what several lines are that were pasted as the title of a new card: a card each, or one title. */
function Pasted({ lines, onAdd, onJoin, onClose }: PastedProps) {
  const tooMany = lines.length > MAX_LINES
  const text = tooMany ? t.board.tooManyLines(lines.length, MAX_LINES) : t.board.pasted(lines.length)
  useEffect(() => announce(text), [text])
  const closeByKey = (event: KeyboardEvent) => event.key === 'Escape' && onClose()
  return (
    <fieldset class="stack" aria-label={text} onKeyDown={closeByKey}>
      <p class="hint">{text}</p>
      <div class="actions">
        {!tooMany && (
          <button type="button" class="primary" ref={takeFocus} onClick={onAdd}>
            {t.board.addLines(lines.length)}
          </button>
        )}
        <button type="button" ref={tooMany ? takeFocus : null} onClick={onJoin}>
          {t.board.asOneTitle}
        </button>
        <button type="button" class="quiet" onClick={onClose}>
          {t.cancel}
        </button>
      </div>
    </fieldset>
  )
}

type PasteEvent = ClipboardEvent & { currentTarget: HTMLTextAreaElement }

/** The title of a new card while it is written. `isCut`: its end did not fit. `pasted`: the lines of a list. */
function useNewTitle(place: string) {
  const [title, setTitle] = useState(() => draftOf(place))
  const [isCut, setCut] = useState(false)
  const [pasted, setPasted] = useState<string[]>()
  const write = (text: string) => {
    const title = cutTitle(text)
    setPasted(undefined)
    setTitle(title)
    setCut(title !== text)
    keepDraft(place, title)
  }
  const onPaste = (event: PasteEvent) => {
    const { value, selectionStart, selectionEnd } = event.currentTarget
    const text = event.clipboardData?.getData('text') ?? ''
    const whole = value.slice(0, selectionStart) + text + value.slice(selectionEnd)
    const lines = linesOf(whole)
    if (lines.length < 2 && whole.length <= MAX_TITLE) return
    event.preventDefault()
    if (lines.length < 2) write(lines.join())
    else setPasted(lines)
  }
  return { title, isCut, pasted, write, onPaste, forgetPasted: () => setPasted(undefined) }
}

/** Adds cards at the bottom of a column. `hidden` says what the filters hide of those that were added last. */
function useAdding({ open, column, filter }: Props) {
  const [added, setAdded] = useState<string[]>([])
  const hiddenIn = (titles: string[]) => t.board.hidden(titles.filter((title) => !fits({ ...NEW, title }, filter)))
  const add = (titles: string[]) => {
    for (const title of titles) open.create({ ...fieldsOf(title), status: column.key })
    announce(hiddenIn(titles) || t.announce.created(titles, column.name))
    setAdded(titles)
  }
  return { add, hidden: hiddenIn(added) }
}

type FieldProps = Pick<ReturnType<typeof useNewTitle>, 'title' | 'write' | 'onPaste'> & {
  field: RefObject<HTMLTextAreaElement | null>
  onEnter: () => void
  onEscape: () => void
}

function TitleField({ field, title, write, onPaste, onEnter, onEscape }: FieldProps) {
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.isComposing) return // the key ends a composition, as of Japanese
    if (event.key === 'Escape') onEscape()
    if (event.key !== 'Enter') return
    event.preventDefault()
    onEnter()
  }
  return (
    <textarea
      rows={2}
      maxLength={MAX_TITLE}
      aria-label={t.board.newTitle}
      placeholder={t.board.newTitle}
      value={title}
      ref={field}
      onInput={({ currentTarget }) => write(currentTarget.value.replace(/\s*[\n\t]\s*/g, ' '))}
      onPaste={onPaste}
      onKeyDown={onKeyDown}
    />
  )
}

function NewCard({ takesFocus, onClose, ...props }: Props & { takesFocus: boolean; onClose: () => void }) {
  const field = useRef<HTMLTextAreaElement>(null)
  const { title, isCut, pasted, write, onPaste, forgetPasted } = useNewTitle(placeOf(props.column))
  const { add, hidden } = useAdding(props)
  useTitleOfDeletedColumn(props.open, props.column)
  useLayoutEffect(() => {
    if (takesFocus) field.current?.focus()
  }, [])
  const addAll = (titles: string[]) => {
    add(titles)
    write('')
  }
  const addOne = () => (title.trim() ? addAll([title.trim()]) : onClose())
  const leavePasted = (then: () => void) => () => {
    forgetPasted()
    then()
    field.current?.focus()
  }
  return (
    <Form class="quick-add" onSend={addOne}>
      <TitleField {...{ field, title, write, onPaste }} onEnter={addOne} onEscape={onClose} />
      {isCut && <Hint text={t.board.cut(MAX_TITLE)} />}
      {hidden && <p class="hint">{hidden}</p>}
      {pasted ? (
        <Pasted
          lines={pasted}
          onAdd={leavePasted(() => addAll(pasted))}
          onJoin={leavePasted(() => write(pasted.join(' ')))}
          onClose={leavePasted(() => {})}
        />
      ) : (
        <Actions onClose={onClose} />
      )}
    </Form>
  )
}

const Hint = ({ text }: { text: string }) => (
  <p class="hint" role="status">
    {text}
  </p>
)

const Actions = ({ onClose }: { onClose: () => void }) => (
  <div class="actions">
    <button type="submit" class="primary">
      {t.add}
    </button>
    <button type="button" class="quiet" onClick={onClose}>
      {t.cancel}
    </button>
  </div>
)
