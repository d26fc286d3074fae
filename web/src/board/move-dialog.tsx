import { useState } from 'preact/hooks'
import { showError } from '../announce.tsx'
import type { Board, OpenBoard } from '../client.ts'
import { Dialog, Form, Select } from '../parts.tsx'
import { t } from '../strings.ts'
import { findTask, moveTo, moveToBottom } from './moves.ts'

type Props = { open: OpenBoard; board: Board; id: string; onClose: () => void }

const TOP = 'top'
const BOTTOM = 'bottom'

/**
 * Moves a card without dragging: the user chooses the column, and the card to place it after. "Bottom" is below all
 * cards of the column, also those that are not loaded. If the card or the column leaves the board, the dialog says so
 * and closes.
 */
export function MoveDialog({ open, board, id, onClose }: Props) {
  const found = findTask(board, id)
  const [first] = useState(found)
  const [key, setKey] = useState(first?.column.key ?? '')
  const [place, setPlace] = useState(first?.column.tasks[first.index - 1]?.id ?? TOP)
  const column = board.columns.find((column) => column.key === key)
  if (!found || !column) {
    queueMicrotask(() => {
      showError(t.move.gone(first?.task.title ?? t.dialog.card))
      onClose()
    })
    return null
  }
  const others = column.tasks.filter((task) => task.id !== id)
  const after = others.findIndex((task) => task.id === place)
  const send = () => {
    onClose()
    if (place === BOTTOM) return moveToBottom(open, found.task, column)
    const isThere = column === found.column && after + 1 === found.index
    if (!isThere) moveTo(open, found.task, column, after + 1)
  }
  return (
    <Dialog title={t.card.moveOf(found.task.title)} onClose={onClose}>
      <Form onSend={send}>
        <Select
          label={t.move.column}
          value={column.key}
          options={board.columns.map(({ key, name }): [string, string] => [key, name])}
          onPick={setKey}
        />
        <Select
          label={t.move.position}
          value={after < 0 && place !== BOTTOM ? TOP : place}
          options={[
            [TOP, t.move.top],
            ...others.map(({ id, title }): [string, string] => [id, t.move.after(title)]),
            [BOTTOM, t.move.bottom],
          ]}
          onPick={setPlace}
        />
        <div class="actions">
          <button type="submit" class="primary">
            {t.move.do}
          </button>
          <button type="button" class="quiet" onClick={onClose}>
            {t.cancel}
          </button>
        </div>
      </Form>
    </Dialog>
  )
}
