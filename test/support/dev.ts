import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

const script = join(import.meta.dirname, '../../local/dev.ts')

export interface Dev {
  url: string
  /** Ends it as Ctrl-C does. Resolves with its exit code, and all that it wrote to stderr. */
  stop(): Promise<{ code: number | null; complaints: string }>
}

/**
 * Starts `npm run dev` as a user does, on a free port and with its data in memory. If it ends before it is ready, or is
 * not ready within four minutes (a busy machine), rejects with what it printed.
 */
export async function startDev(settings: Record<string, string> = {}): Promise<Dev> {
  const env = { ...process.env, ...settings, DATABASE_URL: '', REDIS_URL: '', PORT: '0', FLOWTRACK_DATA: 'memory' }
  const child = spawn(process.execPath, [script], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const said = { out: '', err: '' }
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, complaints: said.err }))
  child.stderr.on('data', (data) => {
    said.err += data
  })
  const url = await new Promise<string>((found, failed) => {
    const fail = (why: string) => failed(new Error(`npm run dev ${why}:\n${said.out}${said.err}`))
    const timer = setTimeout(() => {
      fail('is not ready after four minutes')
      child.kill('SIGTERM')
    }, 240_000)
    ended.then(() => fail('ended before it was ready'))
    child.stdout.on('data', (data) => {
      said.out += data
      const ready = /^Health +(\S+)\/healthz$/m.exec(said.out)?.[1]
      if (!ready) return
      clearTimeout(timer)
      found(ready)
    })
  })
  const stop = () => {
    child.kill('SIGINT')
    return ended
  }
  return { url, stop }
}
