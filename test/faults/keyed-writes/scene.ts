import { api } from '../support/api.ts'
import type { Site } from '../support/world.ts'
import type { Person, Scene } from './writers.ts'

async function person(site: Site): Promise<Person> {
  const account = { email: `${crypto.randomUUID()}@example.com`, name: 'Writer', password: 'correct horse battery' }
  type SignedIn = { user: { id: string }; tokens: { access: string } }
  const { body } = await api<SignedIn>(site, 'POST', '/auth/register', '', account)
  return { id: body.user.id, token: body.tokens.access }
}

/** A board on which three people write. */
export async function newScene(site: Site): Promise<Scene> {
  const people = [await person(site), await person(site), await person(site)]
  const [owner, ...members] = people as [Person, ...Person[]]
  const { body } = await api<{ id: string }>(site, 'POST', '/projects', owner.token, { name: 'Scene' })
  for (const { id } of members)
    await api(site, 'POST', `/projects/${body.id}/members`, owner.token, { user_id: id, role: 'editor' })
  return { url: site.url, project_id: body.id, people }
}
