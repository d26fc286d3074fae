import { once } from 'node:events'
import { parentPort, workerData } from 'node:worker_threads'
import { startStack } from '../../local/stack.ts'

/*
 * A stack in a thread of its own, started with startStack's options. It tells `databaseUrl` and `vars` once it is up, and
 * ends when it is told anything.
 */

if (!parentPort) throw new Error('stack-thread.ts runs as a worker thread')
const { databaseUrl, vars, close } = await startStack(workerData)
parentPort.postMessage({ databaseUrl, vars })
await once(parentPort, 'message')
await close()
parentPort.close()
