import { DurableObject } from 'cloudflare:workers'
import worker, { RegionRelay as Relay } from './index.js'

export * from './index.js' // every object but the relay below, so that no new one is missing

/** The relay as it is, but that it can be told to crash: its stream keeps it from being evicted. */
export class RegionRelay extends Relay {
  async crash() {
    this.ctx.abort('killed')
  }
}

/** The least that a hub can do, to compare with: it passes a text on to whoever is there. */
export class BareHub extends DurableObject {
  async fetch() {
    const { 0: client, 1: server } = new WebSocketPair()
    this.ctx.acceptWebSocket(server)
    return new Response(null, { status: 101, webSocket: client })
  }

  async send(text) {
    for (const socket of this.ctx.getWebSockets()) socket.send(text)
  }
}

/** As a change of the Worker's: it asks the database, answers, and then tells the hub by RPC. */
async function bare(request, env, execution) {
  const hub = env.BARE_HUB.getByName(new URL(request.url).pathname)
  if (request.method === 'GET') return hub.fetch(request)
  const text = await request.text()
  const headers = { 'Neon-Connection-String': env.DATABASE_URL }
  const asked = { method: 'POST', headers, body: JSON.stringify({ query: 'select 1' }) }
  await (await fetch(env.NEON_FETCH_ENDPOINT, asked)).json()
  execution.waitUntil(hub.send(text))
  return new Response(null, { status: 204 })
}

/** The Worker as it is, and beside it what the benches compare it with. */
export default {
  scheduled: worker.scheduled,
  fetch: (request, env, execution) =>
    new URL(request.url).pathname.startsWith('/bare/')
      ? bare(request, env, execution)
      : worker.fetch(request, env, execution),
}
