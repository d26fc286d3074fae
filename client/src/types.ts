import type { components } from './openapi.ts'

type Schemas = components['schemas']

export type Task = Schemas['Task']
export type Comment = Schemas['Comment']
export type Label = Schemas['Label']
export type Member = Schemas['Member']
export type Notification = Schemas['Notification']
export type Project = Schemas['Project']
export type User = Schemas['User']
export type Credentials = Schemas['Login']
export type Registration = Schemas['Register']

/** An error of the API (RFC 9457): `code` for programs, `title` and `detail` for people. */
export type Problem = {
  type: string
  title: string
  /** 0 when there was no answer. */
  status: number
  detail: string
  /** The id of the request. */
  instance: string
  /**
   * A code of the server, or one of the client: `offline`, there was no answer; `outcome_unknown`, the answer did not
   * come and it is too late to ask for it; `discarded`, the author signed out before the answer came; `closed`,
   * the client was closed, or its author signed out, before the answer came.
   */
  code: Schemas['ProblemCode'] | 'offline' | 'outcome_unknown' | 'discarded' | 'closed'
  errors?: { path: string; message: string }[]
  /** Of `edit_conflict`: both values of each field. */
  conflicts?: Record<string, { yours?: unknown; theirs?: unknown }>
  /** Further facts of this problem, such as `limit`. */
  [fact: string]: unknown
}

/** The answer of GET /projects/{id}/board. */
export type BoardAnswer = Schemas['Board']

/** A row of a project's journal, as sockets send it. */
export type Event = Schemas['SentEvent']
export type ServerMessage = Schemas['ServerMessage']
export type ClientMessage = Schemas['ClientMessage']

/** Somebody who is on the board, and the card that they have open. */
export type Viewer = Extract<ServerMessage, { type: 'presence' }>['users'][number]

/** The fields of a new task. */
export type NewTask = Omit<Schemas['CreateTask'], 'project_id'>
/** Where a move puts a task: without a neighbour, at the bottom. */
export type Place = Schemas['MoveTask']
/** The fields that an edit changes. */
export type Changes = Omit<Schemas['UpdateTask'], 'base_seq' | 'base_project_id'>
