import { type BigBoard, call, type Seat, type Site, waitUntil } from './scene.ts'

/** A script that records the ms from a socket's event until the card that it moved is painted in its new column. */
export const WATCH_EVENTS = `
globalThis.shownAfter = []
const Plain = WebSocket
globalThis.WebSocket = class extends Plain {
  constructor(...given) {
    super(...given)
    this.addEventListener('message', ({ data }) => {
      if (typeof data !== 'string' || !data.includes('task.moved')) return
      const at = performance.now()
      const message = JSON.parse(data)
      const event = (message.events ?? [message]).findLast(({ entity_id }) => entity_id === globalThis.watched)
      if (!event) return
      const place = '[data-column="' + event.data.status + '"] [data-id="' + event.entity_id + '"]'
      const wait = () => {
        if (!document.querySelector(place)) return setTimeout(wait)
        requestAnimationFrame(() => setTimeout(() => shownAfter.push(performance.now() - at)))
      }
      wait()
    })
  }
}`

/** Grace moves a card between the tops of two columns, `moves` times. Returns the ms from each event to its frame. */
export async function watchMoves(site: Site, { page }: Seat, board: BigBoard, moves: number): Promise<number[]> {
  const { grace } = site
  const { todo = [], review = [] } = board.top
  await page.evaluate(`shownAfter = [], watched = ${JSON.stringify(review[0])}`)
  for (let n = 0; n < moves; n += 1) {
    const place = n % 2 ? { status: 'review', before: review[1] } : { status: 'todo', before: todo[0] }
    await call(site, grace.token, 'PATCH', `/tasks/${review[0]}/move`, place)
    await waitUntil(page, `shownAfter.length > ${n}`)
  }
  return (await page.evaluate('shownAfter')) as number[]
}
