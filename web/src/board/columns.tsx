import { useMemo, useRef, useState } from 'preact/hooks'
import type { Board, BoardColumn, BoardSnapshot, OpenBoard, User } from '../client.ts'
import { Icon } from '../parts.tsx'
import { t } from '../strings.ts'
import type { CardContext } from './card.tsx'
import { Column } from './column.tsx'
import { ColumnDialog } from './column-dialog.tsx'
import type { Hold } from './drag.ts'
import { type Filter, fits } from './filter.ts'
import { cardOf, useCardFocus } from './focus.ts'
import { MoveDialog } from './move-dialog.tsx'
import { moveOneStep } from './moves.ts'
import { isAtLeast, mayEdit, type Rights } from './rights.ts'

type Props = {
  open: OpenBoard
  board: Board
  filter: Filter
  rights: Rights
  presence: BoardSnapshot['presence']
  user: User
  /** The id of the card that is open, if any. */
  opened: string | undefined
  day: string
}

type DragState = { board: Board; card: string }

/** The board and the card of a drag, undefined while there is none; and the object that begins and ends a drag. */
function useDragState(board: Board): [DragState | undefined, Hold] {
  const [drag, setDrag] = useState<DragState>()
  const latest = useRef(board)
  latest.current = board
  const hold = useMemo<Hold>(
    () => ({
      begin: (card) => {
        setDrag({ board: latest.current, card })
        return latest.current
      },
      end: () => setDrag(undefined),
    }),
    [],
  )
  return [drag, hold]
}

export function Columns(props: Props) {
  const { open, filter, rights, presence, user, opened, day } = props
  const [drag, hold] = useDragState(props.board)
  const board = drag?.board ?? props.board
  const [moving, setMoving] = useState<string>()
  const [editing, setEditing] = useState<BoardColumn | 'new'>()
  const context: CardContext = { board, presence, me: user.id, movable: mayEdit(rights), day, onMove: setMoving }
  const { focused, onFocusIn, onKeyDown } = useCardFocus(
    opened ?? moving,
    () => board.columns.map(({ tasks }) => tasks.filter((task) => fits(task, filter))),
    (id, direction) => context.movable && moveOneStep(open, board, id, direction, (task) => fits(task, filter)),
  )
  const pins = [focused, drag?.card].filter((id) => id !== undefined)
  return (
    <section
      class={drag ? 'columns dragging' : 'columns'}
      aria-label={t.board.title(board.project.name)}
      aria-describedby="keys"
      onFocusIn={(event) => onFocusIn(cardOf(event.target))}
      onKeyDown={onKeyDown}
    >
      <p id="keys" class="unseen">
        {t.board.keys}
      </p>
      {board.columns.map((column) => (
        <Column
          key={column.id}
          {...{ open, column, filter, context, hold, rights }}
          isDragging={drag !== undefined}
          pins={pins.filter((pin) => column.tasks.some(({ id }) => id === pin))}
          onEdit={setEditing}
        />
      ))}
      {isAtLeast(rights, 'editor') && (
        <button type="button" class="add-column" onClick={() => setEditing('new')}>
          <Icon name="plus" /> {t.board.addColumn}
        </button>
      )}
      {moving && <MoveDialog open={open} board={props.board} id={moving} onClose={() => setMoving(undefined)} />}
      {editing && (
        <ColumnDialog
          board={props.board}
          column={editing === 'new' ? undefined : editing}
          onClose={() => setEditing(undefined)}
        />
      )}
    </section>
  )
}
