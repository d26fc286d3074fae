import { existsSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { PGLiteSocketServer } from '@electric-sql/pglite-socket'
import { type Lock, lockFolder } from './lock.ts'

export interface EmbeddedPostgres {
  /** postgres:// on a free loopback port. */
  url: string
  close(): Promise<void>
}

/** Makes a new cluster beside its place: one that was cut short is never taken for a whole one. */
async function prepareCluster(cluster: string): Promise<void> {
  if (existsSync(cluster)) return
  const draft = `${cluster}.new`
  await rm(draft, { recursive: true, force: true })
  const db = await PGlite.create(`file://${draft}`)
  await db.close()
  await rename(draft, cluster)
}

async function openDatabase(dataDir: string | undefined): Promise<{ db: PGlite; lock: Lock | undefined }> {
  if (dataDir === undefined) return { db: await PGlite.create(), lock: undefined }
  await mkdir(dataDir, { recursive: true })
  const lock = lockFolder(dataDir)
  try {
    const cluster = join(dataDir, 'postgres')
    await prepareCluster(cluster)
    return { db: await PGlite.create(`file://${cluster}`), lock }
  } catch (error) {
    lock.release()
    throw error
  }
}

/** ReadyForQuery, up to its last byte: what a server says when it is done with a query, or a Sync. */
const READY = Buffer.from([0x5a, 0, 0, 0, 5])
const TERMINATE = 0x58

/**
 * The server lets another client's messages in between those of a statement (Parse, Bind, …, Sync) when
 * they come in two packets: they would share the unnamed statement, and be skipped after its error.
 * So whoever has begun one keeps the session, as in a transaction, until the session is ready again.
 */
function keepStatementsWhole(db: PGlite): void {
  const send = db.execProtocolRawStream.bind(db)
  const inTransaction = db.isInTransaction.bind(db)
  const exec = db.exec.bind(db)
  let begun = false
  db.isInTransaction = () => begun || inTransaction()
  db.execProtocolRawStream = async (message, options) => {
    let tail = Buffer.alloc(0)
    begun = false
    await send(message, {
      ...options,
      onRawData(data) {
        tail = Buffer.concat([tail, data]).subarray(-READY.length - 1)
        options?.onRawData?.(data)
      },
    })
    begun = message[0] !== TERMINATE && !tail.subarray(0, READY.length).equals(READY)
  }
  db.exec = async (...query) => {
    begun = false // the ROLLBACK for a client that has gone
    return exec(...query)
  }
}

/**
 * PostgreSQL in this process (https://pglite.dev), served over TCP to any number of clients. It
 * has one session behind all of them: one transaction at a time, the others wait, and settings
 * (SET) or prepared statements with a name are shared. In memory when `dataDir` is undefined.
 * A statement runs to its end: WebAssembly gives no moment in which statement_timeout could end it,
 * and with one session nothing ever waits for a lock. Who needs the limits takes a server.
 * Throws when another process has the folder.
 */
export async function startEmbeddedPostgres(options: { dataDir?: string } = {}): Promise<EmbeddedPostgres> {
  const { db, lock } = await openDatabase(options.dataDir)
  keepStatementsWhole(db)
  const server = new PGLiteSocketServer({ db, port: 0, maxConnections: 500 })
  await server.start()
  return {
    url: `postgres://postgres@${server.getServerConn()}/postgres`,
    close: async () => {
      await server.stop()
      await db.close()
      lock?.release()
    },
  }
}
