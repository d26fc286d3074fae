import type { ComponentChildren, JSX } from 'preact'
import { useId, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { Announcements } from './announce.tsx'
import { problemTextOf } from './client.ts'
import { initialsOf } from './format.ts'
import { t } from './strings.ts'

/** Small parts that every view is made of. */

/** Gives an element the focus. Used as the `ref` of a field, it does so when the field appears. */
export const takeFocus = (element: HTMLElement | null) => element?.focus()

const PATHS = {
  bell: 'M8 2a4 4 0 0 0-4 4v3l-1.2 2.2h10.4L12 9V6a4 4 0 0 0-4-4Zm-1.5 11a1.6 1.6 0 0 0 3 0',
  search: 'M7 2.8a4.2 4.2 0 1 1 0 8.4 4.2 4.2 0 0 1 0-8.4Zm3.2 7.4 3 3',
  close: 'm4 4 8 8m0-8-8 8',
  plus: 'M8 3v10M3 8h10',
  pencil: 'm3 13 .6-2.6 7-7 2 2-7 7L3 13Z',
  move: 'M8 2v12M2 8h12M8 2 6.2 3.8M8 2l1.8 1.8M8 14l-1.8-1.8M8 14l1.8-1.8M2 8l1.8-1.8M2 8l1.8 1.8M14 8l-1.8-1.8M14 8l-1.8 1.8',
  comment: 'M2.8 3.2h10.4v7.2H7.6L4.8 13v-2.6h-2z',
  check: 'm3 8.4 3.2 3.2L13 4.6',
  clock: 'M8 2.4a5.6 5.6 0 1 1 0 11.2A5.6 5.6 0 0 1 8 2.4Zm0 2.8V8l2 1.4',
  block: 'M8 2.4a5.6 5.6 0 1 1 0 11.2A5.6 5.6 0 0 1 8 2.4ZM4.1 4.1l7.8 7.8',
  flag: 'M4 14V2.8h7.6L10 5.6l1.6 2.8H4',
} as const

export const Icon = ({ name }: { name: keyof typeof PATHS }) => (
  <svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
    <path d={PATHS[name]} />
  </svg>
)

/** A number from 0 to 7 that is always the same for a person: the hue of their avatar. */
const hueOf = (id: string) => [...id].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 8, 0)

export const Avatar = ({ id, name, title = name }: { id: string; name: string; title?: string }) => (
  <span class={`avatar hue-${hueOf(id)}`} title={title} aria-hidden="true">
    {initialsOf(name)}
  </span>
)

type FieldProps = {
  label: string
  hint?: string | undefined
  unseen?: boolean
  children: (id: string, hint?: string) => JSX.Element
}

/** A field with its label and hint. `children` draws it, with its id and that of the hint. `unseen` hides the label. */
export function Field({ label, hint, unseen, children }: FieldProps) {
  const id = useId()
  return (
    <div class="field">
      <label for={id} class={unseen ? 'unseen' : ''}>
        {label}
      </label>
      {children(id, hint && `${id}-hint`)}
      {hint && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  )
}

type SelectProps<T extends string> = {
  label: string
  unseen?: boolean
  value: T | ''
  options: readonly (readonly [T | '', string])[]
  disabled?: boolean
  /** A choice is saved at once: one by keys counts at Enter, or when the focus leaves, and Escape takes it back. */
  saves?: boolean
  onPick: (value: T | '') => void
}

/** Keys that change the choice while its list is closed: letters, and arrows except on a Mac, where they open it. */
const CHOOSES = /Mac/.test(navigator.platform) ? /^\S$/ : /^(?:\S|Arrow\w+|Page\w+|Home|End)$/

export function Select<T extends string>(props: SelectProps<T>) {
  const { label, unseen = false, value, options, disabled = false, saves = false, onPick } = props
  const [draft, setDraft] = useState<T | ''>()
  const isByKey = useRef(false) // and not from the open list
  const commit = () => {
    setDraft(undefined)
    if (draft !== undefined && draft !== value) onPick(draft)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const { key, altKey } = event
    isByKey.current = saves && !altKey && CHOOSES.test(key)
    if (draft === undefined || (key !== 'Enter' && key !== 'Escape')) return
    event.preventDefault()
    event.stopPropagation()
    if (key === 'Enter') commit()
    else setDraft(undefined)
  }
  const shown = draft ?? value
  return (
    <Field label={label} unseen={unseen}>
      {(id) => (
        <select
          id={id}
          value={shown}
          disabled={disabled}
          onKeyDown={onKeyDown}
          onPointerDown={() => {
            isByKey.current = false
          }}
          onBlur={commit}
          onChange={({ currentTarget }) => {
            const picked = currentTarget.value as T | ''
            setDraft(isByKey.current ? picked : undefined)
            if (!isByKey.current && picked !== value) onPick(picked)
          }}
        >
          {options.map(([key, text]) => (
            <option key={key} value={key} selected={key === shown}>
              {text}
            </option>
          ))}
        </select>
      )}
    </Field>
  )
}

type DialogProps = {
  title: string
  /** `wide`: for a card. `unseen`: hides the title, as the content shows it; screen readers still read it. */
  wide?: boolean
  unseen?: boolean
  onClose: () => void
  children: ComponentChildren
}

/** Whether a press is outside of the dialog that got it. Its scrollbar and its border are inside. */
function isOnBackdrop({ target, currentTarget, clientX: x, clientY: y }: PointerEvent): boolean {
  if (!(currentTarget instanceof Element) || target !== currentTarget) return false
  const { left, right, top, bottom } = currentTarget.getBoundingClientRect()
  return x < left || x > right || y < top || y > bottom
}

/** A modal dialog: the browser keeps the focus in it, and gives it back. */
export function Dialog({ title, wide, unseen, onClose, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null)
  const id = useId()
  // A layout effect: its cleanup runs before the element leaves the document. Later, no focus could be given back.
  useLayoutEffect(() => {
    const { current } = dialog
    current?.showModal()
    return () => current?.close()
  }, [])
  return (
    <dialog
      ref={dialog}
      class={wide ? 'wide' : ''}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault()
        onClose()
      }}
      onPointerDown={(event) => isOnBackdrop(event) && onClose()}
    >
      <div class="sheet">
        <header class="dialog-head">
          <h2 id={id} class={unseen ? 'unseen' : ''}>
            {title}
          </h2>
          <button type="button" class="quiet square" aria-label={t.close} onClick={onClose}>
            <Icon name="close" />
          </button>
        </header>
        {children}
      </div>
      {/* What is outside of a modal dialog is inert: errors could be neither read out nor dismissed there. */}
      <Announcements />
    </dialog>
  )
}

export const Loading = ({ offline = false }: { offline?: boolean }) => (
  <p class="loading-note" role="status">
    {offline ? t.partOffline : t.loading}
  </p>
)

/** Says why something could not be loaded. With `reload`, a button tries again. */
export const Failure = ({ error, reload }: { error: unknown; reload?: () => void }) => (
  <div class="failure" role="alert">
    <p>{problemTextOf(error)}</p>
    {reload && (
      <button type="button" onClick={reload}>
        {t.retry}
      </button>
    )}
  </div>
)

type LoadStatusProps = { data?: unknown; error?: unknown; reload: () => void }

/**
 * Says that data is loading, or why it could not be loaded. What is below it is hidden while it loads: see base.css.
 */
export const LoadStatus = ({ data, error, reload }: LoadStatusProps) =>
  error !== undefined ? <Failure error={error} reload={reload} /> : data === undefined ? <Loading /> : null

export const EmptyState = ({ title, children }: { title: string; children?: ComponentChildren }) => (
  <div class="empty">
    <h2>{title}</h2>
    {children}
  </div>
)

/** A text to copy: the field selects all of it when it gets the focus. */
export const CopyField = ({ label, value }: { label: string; value: string }) => (
  <Field label={label}>
    {(id) => <input id={id} readOnly value={value} onFocus={({ currentTarget }) => currentTarget.select()} />}
  </Field>
)

type FormProps = {
  onSend: (fields: Record<string, string>, form: HTMLFormElement) => void
  onInput?: () => void
  children: ComponentChildren
  class?: string
}

/** A form. `onSend` gets the text of each field, by the name of the field. */
export const Form = ({ onSend, onInput, children, class: name = '' }: FormProps) => (
  <form
    class={name}
    onInput={onInput}
    onSubmit={(event) => {
      event.preventDefault()
      const { currentTarget } = event
      onSend(Object.fromEntries(new FormData(currentTarget)) as Record<string, string>, currentTarget)
    }}
  >
    {children}
  </form>
)
