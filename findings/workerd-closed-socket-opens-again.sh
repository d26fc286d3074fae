#!/usr/bin/env bash
# A hibernating WebSocket that a Durable Object has closed, and whose client never answers: what is its readyState?
#
# workerd 1.20261102.1 (miniflare 5.20261102.0-beta), Node 24, on 28 November 2026.
# CLOSING (2), as it should be, until the object has slept twice; then it is OPEN (1) again, `send` succeeds and nothing
# arrives. The object that wakes the second time has forgotten that it closed the socket
# (`closedOutgoingForHib` in src/workerd/api/web-socket.c++ is not restored from the hibernation package).
#
# Output seen:
#   readyState after the close: 2, after one sleep: 2, after two sleeps: 1
#   a message sent then: send() succeeded, 0 bytes arrived
#
# Exit 0: as described. Exit 1: it behaves differently now.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' >package.json
npm install --silent --no-audit --no-fund --save-exact node@24.21.0 miniflare@5.20261102.0-beta

cat >worker.js <<'WORKER'
import { DurableObject } from 'cloudflare:workers'
export class Hub extends DurableObject {
  fetch() {
    const [client, server] = Object.values(new WebSocketPair())
    this.ctx.acceptWebSocket(server)
    return new Response(null, { status: 101, webSocket: client })
  }
  close() {
    for (const socket of this.ctx.getWebSockets()) socket.close(4000, 'enough')
  }
  state() {
    return this.ctx.getWebSockets().map(({ readyState }) => readyState)
  }
  send() {
    for (const socket of this.ctx.getWebSockets()) socket.send('are you there?')
  }
  webSocketMessage() {}
  webSocketClose() {}
}
export default {
  async fetch(request, env) {
    const hub = env.HUB.getByName('one')
    if (request.headers.get('Upgrade')) return hub.fetch(request)
    const answer = await hub[new URL(request.url).pathname.slice(1)]()
    return Response.json(answer ?? null)
  },
}
WORKER

cat >run.js <<'RUN'
import { connect } from 'node:net'
import { convertV4MiniflareOptions, Miniflare } from 'miniflare'
const miniflare = new Miniflare(
  convertV4MiniflareOptions({
    modules: true,
    scriptPath: 'worker.js',
    compatibilityDate: '2026-10-01',
    durableObjects: { HUB: { className: 'Hub', useSQLite: true } },
  }),
)
const url = await miniflare.ready
const ask = async (what) => (await fetch(new URL(what, url))).json()
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
const tcp = connect(url.port, url.hostname) // a client that reads, and never answers
let bytes = 0
tcp.on('data', (data) => (bytes += data.length))
tcp.write(
  `GET / HTTP/1.1\r\nHost: ${url.host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
    'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
)
await sleep(1_000)
await ask('close')
const states = [await ask('state')]
for (let i = 0; i < 2; i++) {
  await sleep(13_000) // an object sleeps after ten seconds
  states.push(await ask('state'))
}
const [closed, once, twice] = states.map(([state]) => state)
console.log(`readyState after the close: ${closed}, after one sleep: ${once}, after two sleeps: ${twice}`)
const before = bytes
const sent = await ask('send').then(() => 'succeeded', () => 'failed')
await sleep(500)
console.log(`a message sent then: send() ${sent}, ${bytes - before} bytes arrived`)
tcp.destroy()
await miniflare.dispose()
process.exit(closed === 2 && once === 2 && twice === 1 ? 0 : 1)
RUN
node_modules/.bin/node run.js
