import { api, dataOf } from '../client.ts'

/** At most 20 people: a word of the name, or the e-mail address, begins with `q`. The server decides whom one finds. */
export const searchUsers = async (q: string) =>
  dataOf(await api.GET('/users', { params: { query: { q, limit: 20 } } })).items
