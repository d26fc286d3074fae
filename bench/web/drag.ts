import type { Page } from 'playwright-core'
import type { Seat } from './scene.ts'

/** Measures the frames of a drag, and its traffic. */

const RECORD = `
globalThis.frames_seen = []
globalThis.long_frames = []
globalThis.recording = true
new PerformanceObserver((list) => long_frames.push(...list.getEntries().map(({ duration }) => duration)))
  .observe({ type: 'long-animation-frame' })
requestAnimationFrame(function next(at) {
  frames_seen.push(at)
  if (recording) requestAnimationFrame(next)
})`

/** `late`: the share of gaps over LATE_MS; `longest`: the longest gap, in ms; `long`: the frames of over 50 ms. */
export type Frames = { seconds: number; per_second: number; late: number; longest: number; long: number }

/** A longer gap between two frames counts as late: of 60 frames a second, one was left out. */
const LATE_MS = 1.5 * (1000 / 60)

async function recordFrames(page: Page, work: () => Promise<void>): Promise<Frames> {
  await page.evaluate(RECORD)
  await work()
  const [times, long] = (await page.evaluate('recording = false, [frames_seen, long_frames]')) as [number[], number[]]
  const gaps = times.slice(1).map((time, i) => time - (times[i] as number))
  const ms = (times.at(-1) as number) - (times[0] as number)
  return {
    seconds: ms / 1000,
    per_second: (gaps.length * 1000) / ms,
    late: gaps.filter((gap) => gap > LATE_MS).length / gaps.length,
    longest: Math.max(...gaps),
    long: long.length,
  }
}

const centreOf = async (page: Page, selector: string) => {
  const box = await page.locator(selector).first().boundingBox()
  if (!box) throw new Error(`${selector} is not visible`)
  return { x: box.x + Math.min(60, box.width / 2), y: box.y + box.height / 2 }
}

/** Drags a card over the columns for some seconds, and drops it on `to`. Returns the frames before the drop. */
export async function dragAbout({ page }: Seat, from: string, to: string, seconds: number): Promise<Frames> {
  const start = await centreOf(page, from)
  await page.mouse.move(start.x, start.y)
  await page.mouse.down()
  await page.mouse.move(start.x + 15, start.y + 15, { steps: 4 })
  const frames = await recordFrames(page, async () => {
    const end = Date.now() + seconds * 1000
    for (let n = 0; Date.now() < end; n += 1) {
      const [x, y] = [640 + 520 * Math.sin(n / 50), 450 + 200 * Math.sin(n / 31)]
      await page.mouse.move(x, y)
      await page.evaluate('new Promise(requestAnimationFrame)') // one move a frame, as a mouse makes them
    }
  })
  const target = await centreOf(page, to)
  await page.mouse.move(target.x, target.y, { steps: 10 })
  await page.mouse.up()
  return frames
}

/**
 * Lengths. `sent`, `received`: of bodies, except of a request's body that is a stream; `events`: of the socket's
 * messages; `headers`: as HTTP/1.1 writes them (HTTP/2 and 3 compress those that repeat).
 */
export type Traffic = { requests: string[]; sent: number; received: number; events: number; headers: number }

const lengthOf = (headers: Record<string, unknown>) =>
  Object.entries(headers).reduce((sum, [name, value]) => sum + name.length + String(value).length + 4, 0)

/** Counts what the page sends and receives while `work` runs. */
export async function recordTraffic({ cdp }: Seat, work: () => Promise<void>): Promise<Traffic> {
  const seen: Traffic = { requests: [], sent: 0, received: 0, events: 0, headers: 0 }
  await cdp.send('Network.enable')
  cdp.on('Network.requestWillBeSent', ({ request }) => {
    seen.requests.push(`${request.method} ${new URL(request.url).pathname}`)
    seen.sent += request.postData?.length ?? 0
  })
  cdp.on('Network.requestWillBeSentExtraInfo', ({ headers }) => {
    seen.headers += lengthOf(headers)
  })
  cdp.on('Network.responseReceivedExtraInfo', ({ headers }) => {
    seen.headers += lengthOf(headers)
  })
  cdp.on('Network.dataReceived', ({ encodedDataLength }) => {
    seen.received += encodedDataLength
  })
  cdp.on('Network.webSocketFrameReceived', ({ response }) => {
    if (response.payloadData !== 'pong') seen.events += response.payloadData.length
  })
  await work()
  await cdp.send('Network.disable')
  return seen
}
