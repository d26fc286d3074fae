import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

const script = join(import.meta.dirname, '../../local/dev.ts')

export interface Dev {
  url: string
  /** Ends it as Ctrl-C does; gives its exit code and what it complained of. */
  stop(): Promise<{ code: number | null; complaints: string }>
}

/**
 * `npm run dev` on a free port, in memory, as a user runs it. Rejects with what it printed when it
 * ends before it is ready, or when it is not ready within a minute.
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
    const give = (why: string) => failed(new Error(`npm run dev ${why}:\n${said.out}${said.err}`))
    const patience = setTimeout(() => {
      give('is not ready after a minute')
      child.kill('SIGTERM')
    }, 60_000)
    ended.then(() => give('ended before it was ready'))
    child.stdout.on('data', (data) => {
      said.out += data
      const ready = /^Health +(\S+)\/healthz$/m.exec(said.out)?.[1]
      if (!ready) return
      clearTimeout(patience)
      found(ready)
    })
  })
  const stop = () => {
    child.kill('SIGINT')
    return ended
  }
  return { url, stop }
}
