/** Work that can wait until the first view is drawn, which it would only make later. Afterwards it waits for hardly anything. */

const A_FRAME_MS = 50
/** A view that never says that it is drawn keeps nothing waiting for longer. */
const PATIENCE_MS = 5_000

let release = () => {}
const drawn = new Promise<void>((resolve) => {
  release = resolve
})
setTimeout(() => release(), PATIENCE_MS)

/** A view says that it is there to be seen. */
export const sayDrawn = () => release()

/** When the first view is drawn, and its frame is out. */
export const whenDrawn = () => drawn.then(() => new Promise<void>((resolve) => setTimeout(resolve, A_FRAME_MS)))

/** Does something then. Returns how to stop that. */
export function later(work: () => void): () => void {
  let stopped = false
  void whenDrawn().then(() => stopped || work())
  return () => {
    stopped = true
  }
}
