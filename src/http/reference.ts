import type * as z from 'zod'
import type { ErrorCode } from '../lib/errors.ts'
import type { Route, RouteDoc } from './describe.ts'

/** What the API reference says of an operation. It is for the OpenAPI document only, and not in the Worker. */
export type OperationReference = {
  /** One line. */
  summary: string
  description?: string
  /** Who may call it, where `access` does not say all. */
  access_note?: string
  ok: {
    /** 201 for a route that names a `location`, and only for such. */
    status: 200 | 201 | 204 | 101
    /** For a route that may also answer 204: when it does. */
    none?: string
    schema?: z.ZodType
    description?: string
    /** Media types that the answer may have instead of JSON. */
    formats?: string[]
  }
  /** Problems beyond those that every route of its kind can answer with. */
  errors?: ErrorCode[]
  /** Also takes messages that need no answer: 202. */
  noted?: true
  /** The bodies that failures have instead of a problem document, or beside it, by status. */
  failure_bodies?: Record<number, z.ZodType>
  /** Problems that are answered with a picture, where a problem document could not be shown. */
  pictured?: ErrorCode[]
  /** Whether a write changes a project, so that its answer has FlowTrack-Seq. By default: if it requires its role. */
  journalled?: boolean
  /** The media types of a body that is a file. */
  accepts?: string[]
}

/** The operations of a feature, by their ids. */
export type Reference = Record<string, OperationReference>

/** A route with its entry of the reference. */
export type DocumentedRoute = Route & { doc: RouteDoc & OperationReference }

/** Whether a route answers 304 to a client that has this version already. */
export const isConditional = ({ versioned }: RouteDoc) => versioned === 'read' || versioned === 'file'
