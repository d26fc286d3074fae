/**
 * Makes a call that may safely be made twice, and makes it again when it fails: a Durable Object
 * that is being moved or restarted answers the second time. `call` fetches its stub anew, as one
 * that has thrown may be broken.
 */
export const orAgain = <T>(call: () => Promise<T>): Promise<T> => call().catch(call)
