import { readdirSync, readFileSync } from 'node:fs'

const PAGE_BYTES = 4096

type Process = { pid: number; name: string; parent: number; bytes: number }

/** All processes, from /proc (Linux only); one that ends meanwhile is left out. */
function readProcesses(): Process[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
        const name = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'))
        const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
        const parent = Number(fields[1])
        return [{ pid: Number(pid), name, parent, bytes: Number(fields[21]) * PAGE_BYTES }]
      } catch {
        return []
      }
    })
}

/** Resident bytes of the workerd that this process has started, directly or not. */
function readWorkerdBytes(): number {
  const all = new Map(readProcesses().map((process) => [process.pid, process]))
  const isOurs = ({ pid, parent }: Process): boolean => {
    if (pid === process.pid) return true
    const above = all.get(parent)
    return above !== undefined && isOurs(above)
  }
  return [...all.values()]
    .filter((entry) => entry.name === 'workerd' && isOurs(entry))
    .reduce((sum, { bytes }) => sum + bytes, 0)
}

/** Reads the Worker's memory ten times a second, until `stop`. */
export class Memory {
  readonly #samples: number[] = [readWorkerdBytes()]
  readonly #timer = setInterval(() => this.#samples.push(readWorkerdBytes()), 100)

  /** The bytes at first, and at most. */
  stop(): { before: number; most: number } {
    clearInterval(this.#timer)
    return { before: this.#samples[0] ?? 0, most: Math.max(...this.#samples) }
  }
}
