import { readFileSync } from 'node:fs'
import { Agent, request as send } from 'node:http'

export type Call = { method: string; url: string; headers?: Record<string, string>; body?: string }
export type Answer = { status: number; headers: Record<string, string | string[] | undefined>; body: string }

const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY })

/** Sends one request, by node:http: fetch would use as much CPU as the Worker. */
export function call({ method, url, headers = {}, body }: Call): Promise<Answer> {
  return new Promise((done, failed) => {
    const length = body === undefined ? {} : { 'Content-Length': Buffer.byteLength(body) }
    const sent = send(url, { method, agent, headers: { ...headers, ...length } }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', failed)
      response.on('end', () => {
        done({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks).toString() })
      })
    })
    sent.on('error', failed)
    sent.end(body)
  })
}

/**
 * The result of many calls: the ms of each, seconds in all, the CPU of the Worker's process, the answers of 400 and
 * above, and the length of the longest body, in UTF-16 code units.
 */
export type Burst = { times: number[]; seconds: number; cpu_ms: number; errors: string[]; bytes: number }

/** CPU that a process has used so far, in ms: user and system time, in ticks of 10 ms (proc(5)). */
export function cpuOfProcess(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
    return (Number(fields[11]) + Number(fields[12])) * 10
  } catch {
    return 0 // not Linux
  }
}

/** Sends `count` calls, always `width` at once. A slot's calls come one after the other. */
export async function sendBurst(
  pid: number,
  width: number,
  count: number,
  next: (slot: number) => Call,
): Promise<Burst> {
  const result: Burst = { times: [], seconds: 0, cpu_ms: 0, errors: [], bytes: 0 }
  let left = count
  const runSlot = async (n: number) => {
    while (left-- > 0) {
      const started = performance.now()
      const { status, body } = await call(next(n))
      result.times.push(performance.now() - started)
      result.bytes = Math.max(result.bytes, body.length)
      if (status >= 400) result.errors.push(`${status} ${body.slice(0, 300)}`)
    }
  }
  const [cpu, started] = [cpuOfProcess(pid), performance.now()]
  await Promise.all(Array.from({ length: width }, (_, n) => runSlot(n)))
  result.seconds = (performance.now() - started) / 1000
  result.cpu_ms = cpuOfProcess(pid) - cpu
  return result
}
