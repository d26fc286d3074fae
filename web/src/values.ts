import { useState } from 'preact/hooks'
import { t } from './strings.ts'

/** What the user has written, and what was there when they began. */
type Edit = { text: string; began: string }

/**
 * The values of a form, by the names of its fields. Those that the user has not changed follow `current`. `theirs`:
 * what somebody else has written meanwhile to a field that the user has changed, too.
 */
export function useValues<Name extends string>(current: Record<Name, string>) {
  const [edits, setEdits] = useState<Record<string, Edit>>({})
  const changes: Partial<Record<Name, string>> = {}
  const theirs: Partial<Record<Name, string>> = {}
  for (const [name, { text, began }] of Object.entries(edits) as [Name, Edit][]) {
    if (text === current[name]) continue
    changes[name] = text
    if (began !== current[name]) theirs[name] = current[name]
  }
  const write = (name: Name, text: string) =>
    setEdits(({ [name]: old, ...others }) => {
      const began = old?.began ?? current[name]
      return text === began ? others : { ...others, [name]: { text, began } }
    })
  /** Forgets the edits of these fields, but not what was written to them since. */
  const forget = (names: string[]) =>
    setEdits((now) =>
      Object.fromEntries(
        Object.entries(now).filter(([name, { text }]) => !names.includes(name) || text !== changes[name as Name]),
      ),
    )
  const values: Record<Name, string> = { ...current, ...changes }
  return { values, changes, theirs, write, forget }
}

/** Returns a function that gives a field of the form its name, its value and its handler. */
export const fieldsOf =
  <Name extends string>(values: Record<Name, string>, write: (name: Name, text: string) => void) =>
  (name: Name) => ({
    name,
    value: values[name],
    onInput: ({ currentTarget }: { currentTarget: { value: string } }) => write(name, currentTarget.value),
  })

/** The hint of a field: what somebody else has written, if anything, else the usual `hint`. */
export const hintOf = (theirs: string | undefined, hint?: string): string | undefined =>
  theirs === undefined ? hint : `${t.refusals.theirs}: ${theirs || t.none}`
