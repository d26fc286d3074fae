import type { RouterRoute } from 'hono/types'
import type { DocumentedRoute, OperationReference, Reference } from '../../../http/reference.ts'
import { routesOf } from '../../../http/route-table.ts'
import { reference as auth } from '../../auth/reference.ts'
import { reference as board } from '../../board/reference.ts'
import { reference as bulk } from '../../bulk/reference.ts'
import { reference as calendar } from '../../calendar/reference.ts'
import { reference as checklists } from '../../checklists/reference.ts'
import { reference as claims } from '../../claims/reference.ts'
import { reference as columns } from '../../columns/reference.ts'
import { reference as comments } from '../../comments/reference.ts'
import { reference as projectFiles } from '../../import-export/reference.ts'
import { reference as imports } from '../../imports/reference.ts'
import { reference as invitations } from '../../invitations/reference.ts'
import { reference as keys } from '../../keys/reference.ts'
import { reference as labels } from '../../labels/reference.ts'
import { reference as links } from '../../links/reference.ts'
import { reference as live } from '../../live/reference.ts'
import { reference as mcp } from '../../mcp/reference.ts'
import { reference as members } from '../../members/reference.ts'
import { reference as notifications } from '../../notifications/reference.ts'
import { reference as projects } from '../../projects/reference.ts'
import { reference as recovery } from '../../recovery/reference.ts'
import { reference as reportLinks } from '../../reports/links/reference.ts'
import { reference as reports } from '../../reports/reference.ts'
import { reference as search } from '../../search/reference.ts'
import { reference as taskCsv } from '../../task-csv/reference.ts'
import { reference as tasks } from '../../tasks/reference.ts'
import { reference as transfer } from '../../transfer/reference.ts'
import { reference as users } from '../../users/reference.ts'
import { reference as views } from '../../views/reference.ts'
import { reference as watching } from '../../watching/reference.ts'
import { reference as webhooks } from '../../webhooks/reference.ts'
import { reference as meta } from '../reference.ts'

const REFERENCES: Reference[] = [
  auth,
  board,
  bulk,
  calendar,
  checklists,
  claims,
  columns,
  comments,
  imports,
  invitations,
  keys,
  labels,
  links,
  live,
  mcp,
  members,
  meta,
  notifications,
  projectFiles,
  projects,
  recovery,
  reportLinks,
  reports,
  search,
  taskCsv,
  tasks,
  transfer,
  users,
  views,
  watching,
  webhooks,
]

/** The reference of all operations, by id. Throws when two have the same id. */
function collectReferences(): Map<string, OperationReference> {
  const entries = REFERENCES.flatMap((reference) => Object.entries(reference))
  const all = new Map(entries)
  const twice = entries.filter(([id, text]) => all.get(id) !== text).map(([id]) => id)
  if (twice.length > 0) throw new Error(`Two reference.ts have ${twice}: choose other ids`)
  return all
}

/** The routes of an app, each with its reference. Throws for a route without one, or a reference without a route. */
export function operationsOf(registered: RouterRoute[]): DocumentedRoute[] {
  const references = collectReferences()
  const operations = routesOf(registered).map(({ doc, ...route }) => {
    const reference = doc && references.get(doc.id)
    if (!reference) throw new Error(`${route.method} ${route.path}: describe it in routes.ts and in reference.ts`)
    if ((reference.ok.status === 201) !== (doc.location !== undefined))
      throw new Error(`${doc.id}: give it a location in routes.ts if it answers 201, and only then`)
    return { ...route, doc: { ...doc, ...reference } }
  })
  const served = new Set(operations.map(({ doc }) => doc.id))
  const unserved = [...references.keys()].filter((id) => !served.has(id))
  if (unserved.length > 0)
    throw new Error(`No route has the id ${unserved}: add the route, or remove the id from reference.ts`)
  return operations
}
