import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { Dialog } from './parts.tsx'
import { t } from './strings.ts'

/** `label`: that of the button which does it. `busy`: it is being done. */
type Props = {
  title: string
  text: string
  label?: string
  busy?: boolean
  onConfirm: () => void
  onClose: () => void
}

/** Asks before something is deleted that somebody has written, or is done that the same person cannot undo. */
export const Confirm = ({ title, text, label = t.delete, busy, onConfirm, onClose }: Props) => (
  <Dialog title={title} onClose={onClose}>
    <p>{text}</p>
    <div class="actions">
      <button type="button" class="danger" aria-disabled={busy} onClick={onConfirm}>
        {label}
      </button>
      <button type="button" class="quiet" onClick={onClose}>
        {t.cancel}
      </button>
    </div>
  </Dialog>
)

type ButtonProps = Omit<Props, 'onClose'> & { class?: string; children: ComponentChildren }

/** A button that asks first. `title` is also its name for screen readers. */
export function ConfirmButton({ class: name = '', busy = false, children, onConfirm, ...question }: ButtonProps) {
  const [asking, setAsking] = useState(false)
  const close = () => setAsking(false)
  const confirm = () => {
    close()
    onConfirm()
  }
  return (
    <>
      <button
        type="button"
        class={name}
        aria-label={question.title}
        title={typeof children === 'string' ? undefined : question.title} // an icon says too little
        aria-disabled={busy}
        onClick={() => setAsking(true)}
      >
        {children}
      </button>
      {asking && <Confirm {...question} onConfirm={confirm} onClose={close} />}
    </>
  )
}
