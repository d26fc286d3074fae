import type { Problem } from './types.ts'

/** Thrown for an answer that is not a success: `problem` says what is wrong, and what to do. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly problem: Problem

  constructor(problem: Problem) {
    super(`${problem.title}. ${problem.detail}`)
    this.problem = problem
  }
}

/** A problem that the client itself makes when it has none from the server. */
export const problemOf = (status: number, code: Problem['code'], title: string, detail: string): Problem => ({
  type: `urn:flowtrack:problem:${code}`,
  title,
  status,
  detail,
  instance: '',
  code,
})

/** The problem when a request had no answer: `error` is what `fetch` threw. */
export const offlineProblemOf = (error: unknown): Problem =>
  problemOf(
    0,
    'offline',
    'The server did not answer',
    `Check the network, then try again (${error instanceof Error ? error.message : String(error)}).`,
  )

/** The problem in the body of a failed answer; one of our own if the body has none, as a gateway's page. */
export const problemIn = (body: unknown, { status }: { status: number }): Problem =>
  typeof body === 'object' && body !== null && 'code' in body
    ? (body as Problem)
    : status >= 500
      ? problemOf(status, 'unavailable', `The server answered ${status}`, 'Try again later.')
      : problemOf(
          status,
          'internal',
          `The server answered ${status}`,
          'This is not an answer of FlowTrack: check `url`.',
        )

/** The body of an answer of `client.api`. Throws ApiError when it is not a success. */
export function dataOf<T>(answer: { data?: T; error?: unknown; response: Response }): T {
  if (!answer.response.ok) throw new ApiError(problemIn(answer.error, answer.response))
  return answer.data as T
}
