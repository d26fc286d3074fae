import { api, dataOf } from '../client.ts'
import { loadAll } from '../pages.ts'

export const loadWebhooks = (project: string) =>
  loadAll(async (after) => {
    const params = { path: { id: project }, query: { limit: 100, ...after } }
    return dataOf(await api.GET('/projects/{id}/webhooks', { params }))
  })
