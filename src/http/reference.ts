import type * as z from 'zod'
import type { ErrorCode } from '../lib/errors.ts'
import type { Route, RouteDoc } from './describe.ts'

/** What the API reference says of an operation. Only the OpenAPI document is made from it: the Worker has none of it. */
export type OperationReference = {
  /** One line. */
  summary: string
  description?: string
  ok: {
    /** 201 for a route that names a `location`, and only for such. */
    status: 200 | 201 | 204 | 101
    /** When the answer is 204, as there is nothing to give. */
    none?: string
    schema?: z.ZodType
    description?: string
    /** Media types that the answer may have instead of JSON. */
    formats?: string[]
  }
  /** Problems beyond those that every route of its kind can answer with. */
  errors?: ErrorCode[]
  /** Takes messages that want no answer: 202. */
  noted?: true
  /** The bodies that failures have instead of a problem document, or beside it, by status. */
  failure_bodies?: Record<number, z.ZodType>
  /** Problems that are told by a picture, where a problem document could not be shown. */
  pictured?: ErrorCode[]
  /** Whether a write is a change of a project, and so comes with its seq; by default those that ask for a role in one. */
  journalled?: boolean
  /** The media type of a body that is not JSON. */
  accepts?: string
}

/** The operations of a feature, by their ids. */
export type Reference = Record<string, OperationReference>

/** A route together with what the reference says of it. */
export type DocumentedRoute = Route & { doc: RouteDoc & OperationReference }

/** Whether who has this version already is answered with 304. */
export const isConditional = ({ versioned }: RouteDoc) => versioned === 'read' || versioned === 'file'
