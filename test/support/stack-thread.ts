import { once } from 'node:events'
import { parentPort, workerData } from 'node:worker_threads'
import { startStack } from '../../local/stack.ts'

/*
 * Runs a stack in a worker thread; `workerData` are the options of startStack. Posts `databaseUrl` and `vars` once the
 * stack is up. Any message to the thread ends it.
 */

if (!parentPort) throw new Error('stack-thread.ts must be started as a worker thread')
const { databaseUrl, vars, close } = await startStack(workerData)
parentPort.postMessage({ databaseUrl, vars })
await once(parentPort, 'message')
await close()
parentPort.close()
