import { newPage, type Seat, slowDown, slowNetwork, waitUntil } from './scene.ts'

/*
 * How long it takes to open a board: from the start of the navigation until its cards are painted and the page has
 * answered a key that was pressed then.
 */

/** A script that presses an arrow key on the first card when it is painted. `usable`: when the next card has focus. */
export const WATCH_LOAD = `
globalThis.loadTimes = {}
new MutationObserver((_, watch) => {
  const link = document.querySelector('[data-column] .card a')
  if (!link) return
  watch.disconnect()
  loadTimes.drawn = performance.now()
  requestAnimationFrame(() => setTimeout(() => {
    loadTimes.painted = performance.now()
    link.focus()
    link.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowDown', bubbles: true }))
    const wait = () => {
      const at = document.activeElement?.closest('.card')
      if (!at || at.contains(link)) return requestAnimationFrame(wait)
      requestAnimationFrame(() => setTimeout(() => (loadTimes.usable = performance.now())))
    }
    wait()
  }))
}).observe(document, { childList: true, subtree: true })`

/** Times in ms since the start of the navigation. */
export type Load = { painted: number; usable: number; requests: { path: string; from: number; to: number }[] }

const REQUESTS = `performance.getEntriesByType('resource').map(({ name, startTime, responseEnd }) =>
  ({ path: new URL(name).pathname, from: Math.round(startTime), to: Math.round(responseEnd) }))`

/** Opens a board in a new page, on a slow processor and a slow network. */
export async function openBoard(seat: Seat, board: string, slow: { cpu: number; latency: number }): Promise<Load> {
  const fresh = await newPage(seat)
  await slowNetwork(fresh, slow.latency)
  await slowDown(fresh, slow.cpu)
  await fresh.page.goto(`/#/projects/${board}`, { waitUntil: 'commit' })
  await waitUntil(fresh.page, 'loadTimes.usable')
  const { painted, usable } = (await fresh.page.evaluate('loadTimes')) as { painted: number; usable: number }
  const requests = (await fresh.page.evaluate(REQUESTS)) as Load['requests']
  await fresh.page.close()
  return { painted, usable, requests }
}
