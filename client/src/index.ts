export type { Api } from './api.ts'
export { applyEvent, type Board, type BoardColumn, type BoardMember, type BoardTask } from './apply-event.ts'
export { Client, type ClientOptions, type ClientSnapshot, createClient, openBoard } from './client.ts'
export { messageOf, type Next, nextAfter } from './close-codes.ts'
export type { Mutation, MutationAnswer, MutationResult, QueuedMutation } from './mutations.ts'
export type { BoardSnapshot, OpenBoard, OpenBoardOptions, Status } from './open-board.ts'
export type { InboxSnapshot, OpenInbox } from './open-inbox.ts'
export type { components, operations, paths } from './openapi.ts'
export type { PendingComment, Refusal, Sent } from './own-mutations.ts'
export { comparePositions } from './position.ts'
export { ApiError, dataOf } from './problem.ts'
export type { Ended, Socket } from './reconnecting-socket.ts'
export { keyed, type RetryOptions, withRetry } from './retry.ts'
export type { Correction } from './rewrite.ts'
export {
  cookieSession,
  type HeldTokens,
  memorySession,
  type Session,
  type TokenStorage,
  tokenSession,
} from './session.ts'
export { browserStorage, type MutationStorage, memoryStorage } from './storage.ts'
export type { Readable } from './store.ts'
export type * from './types.ts'
