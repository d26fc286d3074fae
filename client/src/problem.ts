import type { Problem } from './types.ts'

/** An answer that is no success: `problem` says what is wrong, and what to do. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly problem: Problem

  constructor(problem: Problem) {
    super(`${problem.title}. ${problem.detail}`)
    this.problem = problem
  }
}

/** What we say in the server's place when it said nothing that we understand. */
export const problemOf = (status: number, code: Problem['code'], title: string, detail: string): Problem => ({
  type: `urn:flowtrack:problem:${code}`,
  title,
  status,
  detail,
  instance: '',
  code,
})

export const noAnswer = (error: unknown): Problem =>
  problemOf(
    0,
    'offline',
    'The server did not answer',
    `Check the network, then try again (${error instanceof Error ? error.message : String(error)}).`,
  )

/** The problem in a body that was read; a gateway's page is none. */
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

/** What an operation of `client.api` came to: its body, or an ApiError. */
export function dataOf<T>(answer: { data?: T; error?: unknown; response: Response }): T {
  if (!answer.response.ok) throw new ApiError(problemIn(answer.error, answer.response))
  return answer.data as T
}
