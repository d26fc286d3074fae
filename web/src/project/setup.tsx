import { useState } from 'preact/hooks'
import { ColumnDialog } from '../board/column-dialog.tsx'
import { useLiveBoard } from '../board/live.ts'
import { isAtLeast, rightsOf } from '../board/rights.ts'
import type { Board, BoardColumn, User } from '../client.ts'
import { useTitle } from '../hooks.ts'
import { Icon, Loading } from '../parts.tsx'
import { ProjectBar } from '../project-bar.tsx'
import { t } from '../strings.ts'
import { AboutProject } from './about.tsx'
import { DeleteProject } from './delete.tsx'
import { Downloads } from './downloads.tsx'
import { LabelList } from './labels.tsx'
import { Webhooks } from './webhooks.tsx'

const limitOf = ({ wip_limit, wip_mode }: BoardColumn) =>
  wip_limit === null ? t.setup.noLimit : `${t.setup.limit(wip_limit)} (${t.column.modes[wip_mode]})`

/** The columns, with category, WIP limit and number of cards. */
function ColumnList({ board, mayEdit }: { board: Board; mayEdit: boolean }) {
  const [editing, setEditing] = useState<BoardColumn | 'new'>()
  return (
    <section class="panel" aria-labelledby="columns">
      <h2 id="columns">{t.setup.columns}</h2>
      <ul class="rows">
        {board.columns.map((column) => (
          <li key={column.id}>
            <span class="grow">
              {column.name}
              <br />
              <span class="muted">
                {[t.column.categories[column.category], limitOf(column), t.board.count(column.task_count)].join(' · ')}
              </span>
            </span>
            {mayEdit && (
              <button type="button" aria-label={t.setup.editColumn(column.name)} onClick={() => setEditing(column)}>
                {t.edit}
              </button>
            )}
          </li>
        ))}
      </ul>
      {mayEdit && (
        <div class="actions">
          <button type="button" onClick={() => setEditing('new')}>
            <Icon name="plus" /> {t.board.addColumn}
          </button>
        </div>
      )}
      {editing && mayEdit && (
        <ColumnDialog
          board={board}
          column={editing === 'new' ? undefined : editing}
          onClose={() => setEditing(undefined)}
        />
      )}
    </section>
  )
}

/** The settings of a project, which managers may change, and its columns and labels, which editors may change. */
export function SetupPage({ project, user }: { project: string; user: User }) {
  const [, { board, status }] = useLiveBoard(project, 1)
  useTitle(`${t.setup.title} · ${board?.project.name ?? t.appName}`)
  if (!board) return <Loading offline={status === 'offline'} />
  const rights = rightsOf(board, user)
  const manages = rights.role === 'manager' // of an archived project, too: another status opens it again
  const mayEdit = isAtLeast(rights, 'editor')
  return (
    <>
      <ProjectBar project={board.project} at="setup" />
      <div class="page narrow settings">
        <AboutProject project={board.project} manages={manages} />
        <ColumnList board={board} mayEdit={mayEdit} />
        <LabelList board={board} mayEdit={mayEdit} />
        {manages && <Webhooks project={board.project.id} seq={board.seq} />}
        <Downloads project={board.project} manages={manages} />
        {manages && <DeleteProject project={board.project} />}
      </div>
    </>
  )
}
