/**
 * What only some platforms have. A page has all of it; Node has BroadcastChannel, and newer versions Web Locks; a
 * Worker has almost nothing of it.
 */

type Locks = {
  request<T>(name: string, options: { signal?: AbortSignal; steal?: boolean }, work: () => Promise<T>): Promise<T>
}
export type Channel = {
  postMessage(message: unknown): void
  close(): void
  onmessage: ((event: { data: unknown }) => void) | null
  unref?(): void
}
type Target = {
  addEventListener(type: string, listener: (event: { persisted?: boolean }) => void): void
  removeEventListener(type: string, listener: (event: { persisted?: boolean }) => void): void
}
type Platform = {
  navigator?: { locks?: Locks; onLine?: boolean }
  BroadcastChannel?: new (name: string) => Channel
  indexedDB?: unknown
  localStorage?: {
    getItem(key: string): string | null
    setItem(key: string, value: string): void
    removeItem(key: string): void
  }
  location?: { origin: string }
  document?: Target & { visibilityState: string }
  addEventListener?: Target['addEventListener']
  removeEventListener?: Target['removeEventListener']
}

export const platform = () => globalThis as unknown as Platform

export const isPage = () => platform().document !== undefined

/** A channel to the other tabs of this browser; undefined where there is none. It keeps no process alive. */
export function openChannel(name: string): Channel | undefined {
  const { BroadcastChannel } = platform()
  if (!BroadcastChannel) return undefined
  const channel = new BroadcastChannel(name)
  channel.unref?.()
  return channel
}

/** Something to remember, or not, that all tabs of this browser share and that survives a reload. */
export type Mark = { isSet(): boolean; set(on: boolean): void }

/** A mark of this name. Where nothing can be kept it is never set: in programs, and in pages without any storage. */
export function markNamed(name: string): Mark {
  const withStorage = <T>(use: (storage: NonNullable<Platform['localStorage']>) => T): T | undefined => {
    try {
      const { localStorage } = platform() // throws where the user forbids it
      return localStorage && use(localStorage)
    } catch {
      return undefined
    }
  }
  return {
    isSet: () => withStorage((storage) => storage.getItem(name) !== null) ?? false,
    set: (on) => withStorage((storage) => (on ? storage.setItem(name, '') : storage.removeItem(name))),
  }
}

/** Calls `run` after `ms` milliseconds; returns a function that cancels it. */
export function runAfter(ms: number, run: () => void): () => void {
  const timer = setTimeout(run, Math.min(ms, 2 ** 31 - 1))
  return () => clearTimeout(timer)
}

/**
 * Calls `wake` when the page may have missed something: the network is back, the page was taken out of the
 * back-forward cache, or it became visible again. Returns a function that ends that.
 */
export function onWake(wake: () => void): () => void {
  const { document, addEventListener, removeEventListener } = platform()
  if (!document || !addEventListener || !removeEventListener) return () => {}
  const seen = () => document.visibilityState === 'visible' && wake()
  const shown = ({ persisted }: { persisted?: boolean }) => persisted && wake()
  addEventListener.call(globalThis, 'online', wake)
  addEventListener.call(globalThis, 'pageshow', shown)
  document.addEventListener('visibilitychange', seen)
  return () => {
    removeEventListener.call(globalThis, 'online', wake)
    removeEventListener.call(globalThis, 'pageshow', shown)
    document.removeEventListener('visibilitychange', seen)
  }
}
