import 'fake-indexeddb/auto'
import { openDB } from 'idb'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { FakeServer } from './fake-server.ts'
import { until } from './until.ts'

/**
 * Tabs of a browser without Web Locks: each has the client's code for itself, and they share IndexedDB and channels.
 */

beforeEach(() => {
  vi.stubGlobal('navigator', {})
})
afterEach(() => {
  vi.unstubAllGlobals()
})

/** The code of the client once more, as another tab loads it. */
async function tab() {
  vi.resetModules()
  return { ...(await import('../src/exclusive.ts')), ...(await import('../src/index.ts')) }
}

describe('a lock that several tabs share', () => {
  it('runs the work of one caller at a time until all of it is done', async () => {
    const name = crypto.randomUUID()
    const tabs = [await tab(), await tab(), await tab()]
    let [inside, most, done] = [0, 0, 0]
    const work = async () => {
      inside += 1
      most = Math.max(most, inside)
      await new Promise((resolve) => setTimeout(resolve, 20))
      inside -= 1
      done += 1
    }
    await Promise.all([...tabs, ...tabs].map(({ runExclusively }) => runExclusively(name, work)))
    expect({ most, done }).toEqual({ most: 1, done: 6 })
  })

  it('is released when the work fails, and when its tab no longer exists', async () => {
    const name = crypto.randomUUID()
    const [one, two] = [await tab(), await tab()]
    await expect(one.runExclusively(name, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken')
    expect(await two.runExclusively(name, async () => 'mine')).toBe('mine')
    const locks = await openDB('flowtrack-locks', 1)
    const until = Date.now() + 300
    await locks.put('locks', { name, holder: 'a tab that is gone', until })
    expect(await two.runExclusively(name, async () => Date.now())).toBeGreaterThanOrEqual(until)
    locks.close()
  })

  it('makes another tab wait for its holder, but no longer than a time limit', async () => {
    const name = crypto.randomUUID()
    const [one, two] = [await tab(), await tab()]
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
    /** Lets time pass, and IndexedDB, which is not on the clock, keep up with it. */
    const pass = async (seconds: number) => {
      for (let s = 0; s < seconds; s += 0.5) {
        await vi.advanceTimersByTimeAsync(500)
        for (let n = 0; n < 30; n += 1) await new Promise(setImmediate)
      }
    }
    try {
      let [held, entered] = [false, false]
      void one.runExclusively(name, () => {
        held = true
        return new Promise(() => {})
      })
      await pass(1)
      expect(held).toBe(true)
      const work = two.runBrieflyExclusively(name, async () => {
        entered = true
      })
      await pass(24)
      expect(entered).toBe(false)
      await pass(2)
      await work
      expect(entered).toBe(true)
    } finally {
      vi.useRealTimers()
    }
  })
})

describe('a session in a cookie', () => {
  async function tabsOf({ url, fetch, connect }: FakeServer, count: number) {
    const clients = []
    while (clients.length < count) {
      const { createClient, cookieSession, memoryStorage } = await tab()
      clients.push(createClient({ url, fetch, connect, storage: memoryStorage(), session: cookieSession() }))
    }
    return clients
  }

  it('is refreshed once for all tabs', async () => {
    const server = new FakeServer()
    const clients = await tabsOf(server, 3)
    const [first] = clients
    await first?.signIn({ email: 'ada', password: 'correct horse battery' })
    await until('all are in', () => clients.every(({ user }) => user !== null))
    server.expireTokens()
    const answers = await Promise.all(
      clients.map(({ api }) => api.GET('/projects/{id}', { params: { path: { id: server.project } } })),
    )
    expect(answers.map(({ response }) => response.status)).toEqual([200, 200, 200])
    expect(server.refreshes).toBe(1)
    for (const client of clients) client.close()
  })

  it('is not restored by a refresh that was in progress when another person signed in', async () => {
    const server = new FakeServer()
    const [one, two] = await tabsOf(server, 2)
    if (!one || !two) throw new Error('There are no tabs')
    await one.signIn({ email: 'ada', password: 'correct horse battery' })
    await until('both are in', () => two.user !== null)
    server.expireTokens()
    const answer = server.hold('/auth/refresh')
    const asked = one.api.GET('/projects/{id}', { params: { path: { id: server.project } } }).catch(() => {})
    await until('the refresh is under way', () => server.refreshes === 1)
    const signedIn = two.signIn({ email: 'grace', password: 'correct horse battery' })
    // With a lock the sign-in waits for the refresh, which is to be seen only by waiting; without one it is done
    // before.
    await Promise.race([signedIn, new Promise((resolve) => setTimeout(resolve, 400))])
    answer()
    await Promise.all([asked, signedIn])
    expect(server.personOfCookie()).toBe('grace')
    one.close()
    two.close()
  })
})
