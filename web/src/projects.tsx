import { useState } from 'preact/hooks'
import { api, dataOf, type Project } from './client.ts'
import { formatAgo, formatMoment } from './format.ts'
import { useAct, useLoaded, useOpenMade, useReturn, useTitle } from './hooks.ts'
import { loadProjects } from './pages.ts'
import { Dialog, EmptyState, Field, Form, Icon, LoadStatus } from './parts.tsx'
import { hrefs } from './routes.ts'
import { t } from './strings.ts'

const ProjectCard = ({ project }: { project: Project }) => (
  <li>
    <a href={hrefs.board(project.id)} class="project">
      <span class="project-key">{project.key}</span>
      <h2>{project.name}</h2>
      {project.description && <p>{project.description}</p>}
      <span class="muted">
        {project.status !== 'active' && `${t.projects.status[project.status]} · `}
        <time dateTime={project.updated_at} title={formatMoment(project.updated_at)}>
          {t.projects.updated(formatAgo(project.updated_at))}
        </time>
      </span>
    </a>
  </li>
)

const createProject = async ({ name = '', description = '' }: Record<string, string>) => {
  const body = { name, ...(description && { description }) }
  return dataOf(await api.POST('/projects', { body, params: { header: { 'Idempotency-Key': crypto.randomUUID() } } }))
}

function NewProject({ onClose }: { onClose: () => void }) {
  const openMade = useOpenMade()
  const { run, busy } = useAct(async (fields: Record<string, string>) => {
    const { id, name } = await createProject(fields)
    openMade(id, t.projects.created(name))
  })
  return (
    <Dialog title={t.projects.new} onClose={onClose}>
      <Form onSend={(fields) => void run(fields)}>
        <Field label={t.projects.name}>
          {(id) => <input id={id} name="name" required maxLength={200} autofocus autocomplete="off" />}
        </Field>
        <Field label={t.projects.description}>
          {(id) => <textarea id={id} name="description" rows={3} maxLength={20_000} />}
        </Field>
        <div class="actions">
          <button type="submit" class="primary" aria-disabled={busy}>
            {t.projects.create}
          </button>
        </div>
      </Form>
    </Dialog>
  )
}

export function Projects() {
  const { data, error, reload } = useLoaded(loadProjects, [])
  const [making, setMaking] = useState(false)
  useReturn(reload) // somebody may have added me to a project meanwhile
  useTitle(`${t.projects.title} · ${t.appName}`)
  const open = data?.filter(({ status }) => status !== 'archived') ?? []
  const archived = data?.filter(({ status }) => status === 'archived') ?? []
  return (
    <div class="page">
      <div class="page-head">
        <h1>{t.projects.title}</h1>
        <div class="actions">
          <a href={hrefs.importing()}>{t.imports.title}</a>
          <button type="button" class="primary" onClick={() => setMaking(true)}>
            <Icon name="plus" /> {t.projects.new}
          </button>
        </div>
      </div>
      <LoadStatus data={data} error={error} reload={reload} />
      {data?.length === 0 && (
        <EmptyState title={t.projects.empty}>
          <p>{t.projects.emptyLead}</p>
        </EmptyState>
      )}
      <ul class="projects">
        {open.map((project) => (
          <ProjectCard key={project.id} project={project} />
        ))}
      </ul>
      {archived.length > 0 && (
        <details>
          <summary>{t.projects.showArchived}</summary>
          <ul class="projects">
            {archived.map((project) => (
              <ProjectCard key={project.id} project={project} />
            ))}
          </ul>
        </details>
      )}
      {making && <NewProject onClose={() => setMaking(false)} />}
    </div>
  )
}
