import { connect, type Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import fc, { type Arbitrary } from 'fast-check'
import { WebSocket } from 'ws'
import { ServerMessage } from '../../../src/live/answers.ts'
import { mostly, nastyText, nastyValue } from './nasty.ts'
import type { SignedInCaller, Tenants } from './tenants.ts'

/** The codes with which a socket may be closed: our own, and RFC 6455's for malformed frames. */
const CLOSES = [1000, 1002, 1003, 1005, 1006, 1007, 1009, 4401, 4403, 4404, 4408, 4429]
const OPEN_WITHIN_MS = 15_000
const HEAR_WITHIN_MS = 15_000

type Frame = string | { binary: number[] } | { raw: number[] }
export type Call = {
  caller: SignedInCaller
  stream: 'projects' | 'notifications'
  whose: SignedInCaller
  since: string | undefined
  frames: Frame[]
}

/** Frames as no client library would send them: no mask, reserved bits, unknown kinds, lengths that lie. */
const BROKEN = [
  [0x81, 0x02, 0x68, 0x69],
  [0xf1, 0x80, 1, 2, 3, 4],
  [0x83, 0x80, 1, 2, 3, 4],
  [0x80, 0x81, 1, 2, 3, 4, 5],
  [0x89, 0xfe, 0x01, 0x00, 1, 2, 3, 4],
  [0x81, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4],
  [0x81, 0x82, 0, 0, 0, 0, 0xff, 0xfe],
  [0x88, 0x81, 0, 0, 0, 0, 1],
  [0x88, 0x82, 0, 0, 0, 0, 0, 5],
]

const message = fc.oneof(
  fc.record({ type: fc.constant('presence'), task_id: mostly(fc.constant('{{tasks.own.1}}'), nastyValue, 2) }),
  fc.record({ type: fc.constant('auth'), access: mostly(nastyText, nastyValue, 2) }),
  fc.record({ type: fc.constantFrom('event', 'hello', 'subscribe', '__proto__'), seq: fc.integer() }),
  nastyValue,
)

const frames: Arbitrary<Frame> = fc.oneof(
  { weight: 6, arbitrary: message.map((value) => JSON.stringify(value) ?? 'undefined') },
  { weight: 2, arbitrary: fc.constant('ping') },
  { weight: 2, arbitrary: nastyText },
  { weight: 1, arbitrary: fc.constantFrom('['.repeat(9_000), `"${'x'.repeat(60_000)}"`, 'x'.repeat(70_000)) },
  { weight: 1, arbitrary: fc.array(fc.nat(255), { maxLength: 50 }).map((binary) => ({ binary })) },
  { weight: 1, arbitrary: fc.constantFrom(...BROKEN).map((raw) => ({ raw })) },
)

const people = fc.constantFrom<SignedInCaller>('ada', 'bob', 'eve')
const points = fc.oneof(fc.constantFrom('0', '3', '-1', '1e3', ':', '99999999999999999999', 'x'.repeat(65)), nastyText)

/** Sockets, mostly valid ones, and the frames to send on them. */
export const calls: Arbitrary<Call> = fc.record({
  caller: people,
  stream: fc.constantFrom('projects', 'notifications'),
  whose: mostly(fc.constant<SignedInCaller>('ada'), people, 3),
  since: fc.option(mostly(fc.constant('0'), points, 2), { nil: undefined }),
  frames: fc.array(frames, { maxLength: 12 }),
})

function open(url: string, tenants: Tenants, { caller, stream, whose, since }: Omit<Call, 'frames'>) {
  const { board, id } = tenants.placeOf(whose)
  const query = since === undefined ? '' : `?since=${encodeURIComponent(since.toWellFormed())}`
  const target = `${url.replace('http', 'ws')}/ws/${stream}/${stream === 'projects' ? board : id}${query}`
  let line: Socket | undefined
  const socket = new WebSocket(target, {
    headers: { Authorization: `Bearer ${tenants.token(caller)}` },
    handshakeTimeout: OPEN_WITHIN_MS,
    createConnection: () => {
      line = connect(Number(new URL(url).port), '127.0.0.1')
      return line
    },
  })
  const heard: string[] = []
  socket.on('message', (data) => heard.push(String(data)))
  const opened = new Promise<number>((resolve, reject) => {
    socket.on('open', () => resolve(101))
    socket.on('unexpected-response', (_, { statusCode = 0 }) => {
      socket.terminate()
      resolve(statusCode)
    })
    socket.on('error', reject)
  })
  const closed = new Promise<number>((resolve) => socket.on('close', resolve))
  return { socket, heard, opened, closed, raw: (bytes: number[]) => line?.write(Buffer.from(bytes)) }
}

function judge(tenants: Tenants, caller: SignedInCaller, heard: string[]): void {
  for (const text of heard) {
    if (text === 'pong') continue
    const parsed = ServerMessage.safeParse(JSON.parse(text))
    if (!parsed.success) throw new Error(`a socket received what is not in the protocol: ${text.slice(0, 200)}`)
    const leaked = tenants.rows.leakIn(caller, text, '')
    if (leaked) throw new Error(`a socket shows ${caller} a row of the other tenant: ${leaked}`)
  }
}

/** Opens a socket and sends its frames. Returns the upgrade's status. Throws when a message breaks the protocol. */
export async function converse(url: string, tenants: Tenants, call: Call): Promise<number> {
  const { socket, heard, opened, closed, raw } = open(url, tenants, call)
  const status = await opened
  if (status >= 500) throw new Error(`an upgrade was answered with ${status}`)
  if (status !== 101) return status
  const foreign = (call.caller === 'eve') !== (call.whose === 'eve')
  if (foreign || (call.stream === 'notifications' && call.caller !== call.whose))
    throw new Error('a socket opened for a caller without access')
  for (const frame of call.frames) {
    if (socket.readyState !== WebSocket.OPEN) break
    if (typeof frame === 'string') socket.send(tenants.rows.name(call.caller, frame))
    else if ('binary' in frame) socket.send(Buffer.from(frame.binary))
    else raw(frame.raw)
  }
  await tenants.createTask('ada')
  await wait(20) // what arrives later is not judged
  judge(tenants, call.caller, heard)
  if (socket.readyState === WebSocket.OPEN) socket.close()
  const code = await Promise.race([closed, wait(5_000, 1006)])
  socket.terminate()
  if (!CLOSES.includes(code)) throw new Error(`a socket was closed with ${code}`)
  return status
}

/** Checks that the hub still works: a new socket receives `hello`, and then an event. */
export async function checkHub(url: string, tenants: Tenants): Promise<void> {
  const { socket, heard, opened } = open(url, tenants, {
    caller: 'ada',
    stream: 'projects',
    whose: 'ada',
    since: undefined,
  })
  if ((await opened) !== 101) throw new Error('a hub no longer accepts its member')
  const until = async (type: string) => {
    for (const deadline = Date.now() + HEAR_WITHIN_MS; !heard.some((text) => text.includes(`"type":"${type}"`)); )
      if (Date.now() > deadline) throw new Error(`a hub no longer sends ${type}`)
      else await wait(10)
  }
  await until('hello')
  await tenants.createTask('ada')
  await until('event')
  judge(tenants, 'ada', heard)
  socket.terminate()
}
