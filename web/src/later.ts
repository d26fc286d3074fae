/** Work that can wait until the first view is drawn, which it would only make later. Afterwards it waits for nothing. */

/** Time for the frame, and for what somebody does at once. */
const A_MOMENT_MS = 300
/** A view that never says that it is drawn keeps nothing waiting for longer. */
const PATIENCE_MS = 5_000

let release = () => {}
const drawn = new Promise<void>((resolve) => {
  release = resolve
}).then(() => new Promise<void>((resolve) => setTimeout(resolve, A_MOMENT_MS)))
setTimeout(() => release(), PATIENCE_MS)

/** A view says that it is there to be seen. */
export const sayDrawn = () => release()

/** A moment after the first view is drawn. */
export const whenDrawn = () => drawn

/** Does something then. Returns how to stop that. */
export function later(work: () => void): () => void {
  let stopped = false
  void whenDrawn().then(() => stopped || work())
  return () => {
    stopped = true
  }
}
