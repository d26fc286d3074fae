import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import type { MutationStorage, QueuedMutation } from '../../../client/src/index.ts'

/** Stores acts in a file by appending only: what was written survives the process, however it ends. */
export function openFileStorage(file: string): MutationStorage {
  const read = () => {
    const acts = new Map<string, QueuedMutation>()
    const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : []
    for (const line of lines) {
      const { keep, forget } = JSON.parse(line) as { keep: QueuedMutation[]; forget: string[] }
      for (const act of keep) acts.set(act.key, act)
      for (const key of forget) acts.delete(key)
    }
    return [...acts.values()]
  }
  return {
    read: async (owner) => read().filter((act) => act.owner === owner),
    write: async (keep, forget) => appendFileSync(file, `${JSON.stringify({ keep, forget })}\n`),
  }
}
