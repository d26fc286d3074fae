/** Work that waits until the first view is drawn, as it would delay that. Once it is drawn, nothing waits. */

/** Time to draw the view, and for what the user does first. */
const SETTLE_MS = 300
/** If no view reports that it is drawn, work begins after this time. */
const MAX_WAIT_MS = 5_000

let release = () => {}
const drawn = new Promise<void>((resolve) => {
  release = resolve
}).then(() => new Promise<void>((resolve) => setTimeout(resolve, SETTLE_MS)))
setTimeout(() => release(), MAX_WAIT_MS)

/** To be called by a view when it is drawn. */
export const sayDrawn = () => release()

/** Resolves a moment after the first view is drawn. */
export const whenDrawn = () => drawn

/** Calls `work` a moment after the first view is drawn. Returns a function that cancels it. */
export function doWhenDrawn(work: () => void): () => void {
  let stopped = false
  void whenDrawn().then(() => stopped || work())
  return () => {
    stopped = true
  }
}
