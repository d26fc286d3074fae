import { Dialog } from '../parts.tsx'
import { t } from '../strings.ts'

type Props = { title: string; text: string; onDelete: () => void; onClose: () => void }

/** Asks before something is deleted that somebody has written. */
export const AskToDelete = ({ title, text, onDelete, onClose }: Props) => (
  <Dialog title={title} onClose={onClose}>
    <p>{text}</p>
    <div class="actions">
      <button type="button" class="danger" onClick={onDelete}>
        {t.delete}
      </button>
      <button type="button" class="quiet" onClick={onClose}>
        {t.cancel}
      </button>
    </div>
  </Dialog>
)
