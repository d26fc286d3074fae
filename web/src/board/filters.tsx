import { useEffect, useRef, useState } from 'preact/hooks'
import { announce, announceLater } from '../announce.tsx'
import { api, type Board, client, dataOf, type OpenBoard } from '../client.ts'
import { ConfirmButton } from '../confirm.tsx'
import { useAct, useLoaded } from '../hooks.ts'
import { whenDrawn } from '../later.ts'
import { loadAll } from '../pages.ts'
import { Dialog, Field, Form, Icon, Select } from '../parts.tsx'
import { t } from '../strings.ts'
import { type Filter, filterOf, fits, isFiltering, isSameFilter, NO_FILTER, queryOf } from './filter.ts'
import { nameOf } from './people.ts'
import { isAtLeast, type Rights } from './rights.ts'

export { NO_FILTER } from './filter.ts'

type Props = { open: OpenBoard; board: Board; filter: Filter; onFilter: (filter: Filter) => void; rights: Rights }

const PRIORITIES = ['urgent', 'high', 'medium', 'low', 'none'] as const

const PRIORITY_OPTIONS: [string, string][] = [
  ['', t.filters.anyPriority],
  ...PRIORITIES.map((key): [string, string] => [key, t.card.priority[key]]),
]
const DUE_OPTIONS: [string, string][] = [
  ['', t.filters.anyDue],
  ['overdue', t.filters.overdue],
]

/** The options, and the chosen one if it no longer exists: the user must see which filter hides the cards. */
const withChosen = (options: [string, string][], chosen: string, name: string): [string, string][] =>
  options.some(([key]) => key === chosen) ? options : [...options, [chosen, name]]

const peopleOptionsOf = (board: Board, chosen: string) =>
  withChosen(
    [
      ['', t.filters.anybody],
      ['none', t.nobody],
      ...board.members.map(({ user_id }): [string, string] => [user_id, nameOf(board, user_id)]),
    ],
    chosen,
    t.formerMember,
  )
const labelOptionsOf = (board: Board, chosen: string) =>
  withChosen(
    [['', t.filters.anyLabel], ...board.labels.map(({ id, name }): [string, string] => [id, name])],
    chosen,
    t.filters.deletedLabel,
  )

type ChoicesProps = { board: Board; filter: Filter; set: (part: Partial<Filter>) => void }

/** The filters that are chosen from lists. */
const Choices = ({ board, filter: { assignee, label, priority, overdue }, set }: ChoicesProps) => (
  <>
    <Select
      unseen
      label={t.filters.assignee}
      value={assignee}
      options={peopleOptionsOf(board, assignee)}
      onPick={(assignee) => set({ assignee })}
    />
    {(board.labels.length > 0 || label) && (
      <Select
        unseen
        label={t.filters.label}
        value={label}
        options={labelOptionsOf(board, label)}
        onPick={(label) => set({ label })}
      />
    )}
    <Select
      unseen
      label={t.filters.priority}
      value={priority}
      options={PRIORITY_OPTIONS}
      onPick={(priority) => set({ priority })}
    />
    <Select
      unseen
      label={t.filters.due}
      value={overdue ? 'overdue' : ''}
      options={DUE_OPTIONS}
      onPick={(due) => set({ overdue: due === 'overdue' })}
    />
  </>
)

const SETTLE_MS = 700

/** Announces a text once it has not changed for a moment: not at each key, nor for each page that is loaded. */
function useSettledAnnouncement(text: string): void {
  useEffect(() => (text ? announceLater(text, SETTLE_MS) : undefined), [text])
}

/** Chooses which cards are shown. A filter only hides cards. */
export function FilterBar({ board, filter, onFilter, rights }: Props) {
  const set = (part: Partial<Filter>) => onFilter({ ...filter, ...part })
  const field = useRef<HTMLInputElement>(null)
  const focusField = () => field.current?.focus() // when the button that was pressed disappears
  const clear = () => {
    onFilter(NO_FILTER)
    announce(t.filters.cleared)
    focusField()
  }
  const loaded = board.columns.flatMap(({ tasks }) => tasks)
  const count = board.columns.reduce((sum, { task_count }) => sum + task_count, 0)
  const shown = loaded.filter((task) => fits(task, filter)).length
  const words = isFiltering(filter) ? t.filters.shown(shown, loaded.length, count) : ''
  useSettledAnnouncement(words)
  return (
    <search class="filters" aria-label={t.filters.title}>
      <Field label={t.filters.text} unseen>
        {(id) => (
          <input
            id={id}
            ref={field}
            type="search"
            placeholder={t.filters.text}
            value={filter.text}
            onInput={({ currentTarget }) => set({ text: currentTarget.value })}
          />
        )}
      </Field>
      <Choices board={board} filter={filter} set={set} />
      <Views {...{ board, filter, onFilter, rights }} onVanish={focusField} />
      {words && (
        <>
          <span class="muted">{words}</span>
          <button type="button" class="quiet" onClick={clear}>
            {t.filters.clear}
          </button>
        </>
      )}
    </search>
  )
}

const loadViews = (id: string) =>
  loadAll(async (after) =>
    dataOf(await api.GET('/projects/{id}/views', { params: { path: { id }, query: { limit: 100, ...after } } })),
  )

type View = Awaited<ReturnType<typeof loadViews>>[number]

/** Whether the user may delete a view: their own in every role, or as a manager any that is shared. */
function mayDelete({ created_by }: View, { role }: Rights): boolean {
  const rights = { role, archived: false } // views of an archived project can be deleted, too
  return isAtLeast(rights, created_by !== client.user?.id ? 'manager' : 'viewer')
}

/**
 * Saved filters: the user's own and those that others share. Those that this board cannot show are left out. `same`:
 * those that have this filter. `current`: the one of them that the user has chosen.
 */
function useViews(project: string, filter: Filter) {
  const { data: views = [], reload } = useLoaded(() => whenDrawn().then(() => loadViews(project)), [project])
  const [chosen, choose] = useState('')
  const shown = views.flatMap((view) => {
    const filter = filterOf(view.query)
    return filter ? [{ ...view, filter }] : []
  })
  const same = shown.filter((view) => isSameFilter(view.filter, filter))
  return { shown, same, current: same.find(({ id }) => id === chosen), choose, reload }
}

function DeleteView({ view: { id, name, shared }, onDeleted }: { view: View; onDeleted: () => void }) {
  const remove = useAct(async () => {
    dataOf(await api.DELETE('/views/{id}', { params: { path: { id } } }))
    onDeleted()
  }, t.announce.deleted(name))
  return (
    <ConfirmButton
      class="quiet square"
      title={t.filters.deleteView}
      text={t.filters.reallyDeleteView(name, shared)}
      busy={remove.busy}
      onConfirm={() => void remove.run()}
    >
      <Icon name="close" />
    </ConfirmButton>
  )
}

/** `onVanish` is called when the button that has the focus is about to disappear. */
type ViewsProps = Omit<Props, 'open'> & { onVanish: () => void }

function Views({ board, filter, onFilter, rights, onVanish }: ViewsProps) {
  const id = board.project.id
  const { shown, same, current, choose, reload } = useViews(id, filter)
  const [saving, setSaving] = useState(false)
  const showDeleted = () => {
    choose('')
    onVanish()
    reload()
  }
  return (
    <>
      {shown.length > 0 && (
        <Select
          unseen
          label={t.filters.views}
          value={current?.id ?? ''}
          options={[['', t.filters.chooseView], ...shown.map(({ id, name }): [string, string] => [id, name])]}
          onPick={(id) => {
            choose(id)
            onFilter(shown.find((view) => view.id === id)?.filter ?? NO_FILTER)
          }}
        />
      )}
      {isFiltering(filter) && same.length === 0 && (
        <button type="button" class="quiet" onClick={() => setSaving(true)}>
          {t.filters.saveView}
        </button>
      )}
      {current && mayDelete(current, rights) && <DeleteView view={current} onDeleted={showDeleted} />}
      {saving && (
        <SaveView
          project={id}
          filter={filter}
          mayShare={isAtLeast(rights, 'contributor')}
          onDone={(saved) => {
            setSaving(false)
            if (saved) {
              choose(saved)
              requestAnimationFrame(onVanish) // the dialog has then given the focus back to its button
            }
            reload()
          }}
        />
      )}
    </>
  )
}

type SaveProps = { project: string; filter: Filter; mayShare: boolean; onDone: (saved?: string) => void }

function SaveView({ project, filter, mayShare, onDone }: SaveProps) {
  const { run, busy } = useAct(async ({ name = '', shared }: Record<string, string>) => {
    const body = { name, query: queryOf(filter), shared: shared === 'on' }
    const { id } = dataOf(await api.POST('/projects/{id}/views', { params: { path: { id: project } }, body }))
    onDone(id)
  }, t.announce.saved)
  return (
    <Dialog title={t.filters.saveView} onClose={() => onDone()}>
      <Form onSend={(fields) => void run(fields)}>
        <Field label={t.filters.viewName}>
          {(id) => <input id={id} name="name" required maxLength={100} autofocus />}
        </Field>
        {mayShare && (
          <label class="check">
            <input type="checkbox" name="shared" /> {t.filters.shareView}
          </label>
        )}
        <div class="actions">
          <button type="submit" class="primary" aria-disabled={busy}>
            {t.save}
          </button>
        </div>
      </Form>
    </Dialog>
  )
}
