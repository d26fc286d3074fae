/** How soon sockets must close after the request that ended their access was answered (I7), in ms. */
export const CLOSED_WITHIN_MS = 2_000

/** The same when no hub was told of the end: after a tick of a second, and time for a busy machine. */
export const FOUND_WITHIN_MS = 8_000
