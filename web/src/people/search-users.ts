import { api, dataOf } from '../client.ts'

/** The people whose name or e-mail address begins with `q`; who may find whom, the server decides. At most 20. */
export const searchUsers = async (q: string) =>
  dataOf(await api.GET('/users', { params: { query: { q, limit: 20 } } })).items
