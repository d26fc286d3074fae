#!/usr/bin/env bash
# A hibernating WebSocket that a Durable Object closes: when does the client's TCP connection end?
#
# workerd 1.20261102.1 (miniflare 5.20261102.0-beta), ws 8.23.0, Node 24, on 28 November 2026.
# The close frame is there within milliseconds, and the client answers it at once. If the client has sent any message
# before, the connection ends then; if its answer is the first frame that it sends, the connection stays open until the
# object leaves memory, 10 s after its last event. RFC 6455, 7.1.1: the server closes the connection first, immediately.
# The cause, as we read it: kj's WebSocketPipe, `BlockedReceive::tryPumpFrom` (c++/src/kj/compat/http.c++), goes on
# pumping after the first message that it delivers, even if that is a Close, so that this pump never ends.
#
# Output seen:
#   a client that has sent a message: close frame after 5 ms, TCP ended after 9 ms
#   a client that has sent a ping:    close frame after 3 ms, TCP ended after 5 ms
#   a client that has sent nothing:   close frame after 4 ms, TCP ended after 10010 ms
#
# Exit 0: as described. Exit 1: it behaves differently now.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' >package.json
npm install --silent --no-audit --no-fund --save-exact node@24.21.0 miniflare@5.20261102.0-beta ws@8.23.0

cat >worker.js <<'WORKER'
import { DurableObject } from 'cloudflare:workers'
export class Hub extends DurableObject {
  constructor(state, env) {
    super(state, env)
    state.setWebSocketAutoResponse(new WebSocketRequestResponsePair('ping', 'pong'))
  }
  fetch() {
    const [client, server] = Object.values(new WebSocketPair())
    this.ctx.acceptWebSocket(server)
    return new Response(null, { status: 101, webSocket: client })
  }
  closeAll() {
    for (const socket of this.ctx.getWebSockets()) socket.close(4000, 'enough')
  }
  webSocketMessage() {}
  webSocketClose() {}
}
export default {
  async fetch(request, env) {
    const hub = env.HUB.getByName(new URL(request.url).searchParams.get('hub'))
    if (request.headers.get('Upgrade')) return hub.fetch(request)
    await hub.closeAll()
    return new Response()
  },
}
WORKER

cat >run.js <<'RUN'
import { convertV4MiniflareOptions, Miniflare } from 'miniflare'
import WebSocket from 'ws'
const miniflare = new Miniflare(
  convertV4MiniflareOptions({
    modules: true,
    scriptPath: 'worker.js',
    compatibilityDate: '2026-10-01',
    durableObjects: { HUB: { className: 'Hub', useSQLite: true } },
  }),
)
const url = (await miniflare.ready).href
const after = async (hub, first) => {
  const socket = new WebSocket(`${url.replace('http', 'ws')}?hub=${hub}`)
  await new Promise((resolve) => (socket.onopen = resolve))
  if (first) socket.send(first)
  await new Promise((resolve) => setTimeout(resolve, 500))
  const began = Date.now()
  let frame
  socket._receiver.on('conclude', () => (frame = Date.now() - began))
  const ended = new Promise((resolve) => (socket.onclose = () => resolve(Date.now() - began)))
  await fetch(`${url}?hub=${hub}`)
  return { ended: await ended, frame }
}
const told = await after('message', 'hello')
const pinged = await after('ping', 'ping')
const silent = await after('nothing')
const say = (who, { frame, ended }) => console.log(`${who} close frame after ${frame} ms, TCP ended after ${ended} ms`)
say('a client that has sent a message:', told)
say('a client that has sent a ping:   ', pinged)
say('a client that has sent nothing:  ', silent)
await miniflare.dispose()
const frames = [told, pinged, silent].every(({ frame }) => frame < 2_000)
process.exit(frames && told.ended < 2_000 && pinged.ended < 2_000 && silent.ended > 5_000 ? 0 : 1)
RUN
node_modules/.bin/node run.js
