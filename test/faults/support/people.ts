import { api } from './api.ts'
import type { Site } from './site.ts'

const PASSWORD = 'correct horse battery'

export type Person = { id: string; email: string; token: string }

/** Registers a new account. */
export async function newPerson(site: Site, name: string): Promise<Person> {
  const account = { email: `${crypto.randomUUID()}@example.com`, name, password: PASSWORD }
  type SignedIn = { user: { id: string }; tokens: { access: string } }
  const { body } = await api<SignedIn>(site, 'POST', '/auth/register', '', account)
  return { id: body.user.id, email: account.email, token: body.tokens.access }
}

/** Signs a person in again. Returns the person with the new token. */
export async function signIn(site: Site, { id, email }: Person): Promise<Person> {
  const account = { email, password: PASSWORD }
  const { body } = await api<{ tokens: { access: string } }>(site, 'POST', '/auth/login', '', account)
  return { id, email, token: body.tokens.access }
}

/** Creates a project. Returns its id. */
export async function newProject(site: Site, { token }: Person, name: string): Promise<string> {
  return (await api<{ id: string }>(site, 'POST', '/projects', token, { name })).body.id
}
