import { api } from '../support/api.ts'
import { newPerson, newProject } from '../support/people.ts'
import type { Site } from '../support/site.ts'
import type { Scene } from './writers.ts'

/** A board on which three people write. */
export async function newScene(site: Site): Promise<Scene> {
  const owner = await newPerson(site, 'Writer')
  const members = [await newPerson(site, 'Writer'), await newPerson(site, 'Writer')]
  const project_id = await newProject(site, owner, 'Scene')
  for (const { id } of members)
    await api(site, 'POST', `/projects/${project_id}/members`, owner.token, { user_id: id, role: 'editor' })
  return { url: site.url, project_id, people: [owner, ...members] }
}
