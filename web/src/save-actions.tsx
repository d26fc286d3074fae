import type { ComponentChildren } from 'preact'
import { t } from './strings.ts'

type Props = { theirs: object; busy: boolean; forget: (names: string[]) => void; children?: ComponentChildren }

/** The buttons of a form of `useValues`. If somebody else has changed the same field, it says so, and offers both. */
export function SaveActions({ theirs, busy, forget, children }: Props) {
  const names = Object.keys(theirs)
  const clashes = names.length > 0
  return (
    <>
      {clashes && (
        <p class="told" role="status">
          {t.setup.changed}
        </p>
      )}
      <div class="actions">
        <button type="submit" class="primary" aria-disabled={busy}>
          {clashes ? t.refusals.overwrite : t.save}
        </button>
        {clashes && (
          <button type="button" onClick={() => forget(names)}>
            {t.refusals.keepTheirs}
          </button>
        )}
        {children}
      </div>
    </>
  )
}
