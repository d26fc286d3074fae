import type { ComponentChildren } from 'preact'
import type { Project } from './client.ts'
import { hrefs } from './routes.ts'
import { t } from './strings.ts'

const PARTS = ['board', 'members', 'reports', 'trash', 'setup'] as const

type At = (typeof PARTS)[number]
type Props = { project: Pick<Project, 'id' | 'key' | 'name'>; at: At; children?: ComponentChildren }

/** The name of a project, and links to its parts. */
export const ProjectBar = ({ project, at, children }: Props) => (
  <div class="project-bar">
    <h1 title={project.name}>{project.name}</h1>
    <nav aria-label={t.project.sections}>
      {PARTS.map((part) => (
        <a key={part} href={hrefs[part](project.id)} aria-current={part === at ? 'page' : undefined}>
          {t.project[part]}
        </a>
      ))}
    </nav>
    {children}
  </div>
)
