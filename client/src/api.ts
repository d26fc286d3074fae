import createFetchClient from 'openapi-fetch'
import type { paths } from './openapi.ts'

/**
 * Every operation of the API, with the types of its OpenAPI document: `api.GET('/projects/{id}/board', { params: … })`.
 */
export const createApi = (url: string, fetch: (request: Request) => Promise<Response>) =>
  createFetchClient<paths>({ baseUrl: url, fetch })

export type Api = ReturnType<typeof createApi>
