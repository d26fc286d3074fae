import { Dialog } from './parts.tsx'
import { t } from './strings.ts'

/** `label`: that of the button which deletes. */
type Props = { title: string; text: string; label?: string; onDelete: () => void; onClose: () => void }

/** Asks before something is deleted that somebody has written, or that cannot be had again. */
export const AskToDelete = ({ title, text, label = t.delete, onDelete, onClose }: Props) => (
  <Dialog title={title} onClose={onClose}>
    <p>{text}</p>
    <div class="actions">
      <button type="button" class="danger" onClick={onDelete}>
        {label}
      </button>
      <button type="button" class="quiet" onClick={onClose}>
        {t.cancel}
      </button>
    </div>
  </Dialog>
)
