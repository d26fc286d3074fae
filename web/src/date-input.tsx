import { useRef, useState } from 'preact/hooks'

/** A year has four digits, the first not 0: so a year that is half typed makes the date invalid. */
export const YEARS = { min: '1000-01-01', max: '9999-12-30' }

/** Whether a key changes the date in the field. Other keys, such as Space or Alt and an arrow, open the calendar. */
const isTyped = ({ key, altKey }: KeyboardEvent) =>
  !altKey && (/^\p{Nd}$/u.test(key) || ['Backspace', 'Delete', 'ArrowUp', 'ArrowDown'].includes(key))

type Props = { id: string; value: string; required?: boolean; disabled?: boolean; onPick: (date: string) => void }

/**
 * A date (YYYY-MM-DD; empty for none) that is saved as soon as it is chosen. While somebody types, browsers report each
 * digit of the year as a change: what is typed is a draft until Enter, or until the focus leaves. A date that is half
 * typed is kept in the field, and not saved. Escape brings the old one back.
 */
export function DateInput({ id, value, required = false, disabled = false, onPick }: Props) {
  const [draft, setDraft] = useState<string>()
  const isTyping = useRef(false) // and not choosing from the calendar
  const commit = (input: HTMLInputElement) => {
    isTyping.current = false
    if (!input.validity.valid) return
    setDraft(undefined)
    if (input.value !== value) onPick(input.value)
  }
  const onKeyDown = (event: KeyboardEvent & { currentTarget: HTMLInputElement }) => {
    const { key, currentTarget } = event
    isTyping.current = isTyped(event)
    if (isTyping.current) setDraft(currentTarget.value)
    if (key === 'Enter') {
      event.preventDefault()
      currentTarget.reportValidity()
      commit(currentTarget)
    }
    if (key !== 'Escape' || draft === undefined) return
    event.preventDefault()
    event.stopPropagation()
    currentTarget.value = value // also when that is the value already, as of a date that is half typed
    setDraft(undefined)
  }
  return (
    <input
      id={id}
      type="date"
      {...YEARS}
      required={required}
      disabled={disabled}
      value={draft ?? value}
      onKeyDown={onKeyDown}
      onPointerDown={() => {
        isTyping.current = false
      }}
      onInput={({ currentTarget }) => setDraft(currentTarget.value)}
      onChange={({ currentTarget }) => isTyping.current || commit(currentTarget)}
      onBlur={({ currentTarget }) => commit(currentTarget)}
    />
  )
}
