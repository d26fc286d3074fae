import { randomUUID } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { PGLiteSocketServer } from '@electric-sql/pglite-socket'
import { type Lock, lockFolder } from './lock.ts'

export interface EmbeddedPostgres {
  /** postgres:// on a free loopback port. */
  url: string
  /** A copy of the whole cluster, with which another instance can start. */
  copy(): Promise<Blob>
  close(): Promise<void>
}

export interface EmbeddedPostgresOptions {
  /** Where it keeps its data; without it, in memory. */
  dataDir?: string
  /**
   * Returns the files of a database (`dumpDataDir`, of the same version of PGlite) with which a new database starts.
   * Without it, a new database is empty.
   */
  template?: () => Promise<Blob>
}

const modules = join(import.meta.dirname, '../node_modules')

/**
 * The cluster of this kind and fingerprint: read from the cache, or made and kept there in place of the last one of
 * its kind, as to make one takes seconds of CPU. Processes may do so at the same time: none reads an incomplete file.
 */
export async function loadCluster(kind: string, fingerprint: string, make: () => Promise<Blob>): Promise<Blob> {
  const folder = join(modules, '.cache/flowtrack')
  const file = join(folder, `${kind}-${fingerprint}.tar`)
  if (!existsSync(file)) {
    await mkdir(folder, { recursive: true })
    const draft = join(folder, `draft-${randomUUID()}`)
    await writeFile(draft, (await make()).stream())
    await rename(draft, file)
    for (const name of await readdir(folder))
      if (name.startsWith(`${kind}-`) && name !== basename(file)) await rm(join(folder, name), { force: true })
  }
  return new Blob([await readFile(file)])
}

/** PGlite's version, for the name of each cached cluster: PGlite may not be able to open one of another version. */
export const pgliteVersion: string = JSON.parse(
  readFileSync(join(modules, '@electric-sql/pglite/package.json'), 'utf8'),
).version

/** A cluster as initdb leaves it. */
const loadEmptyCluster = () =>
  loadCluster('empty', pgliteVersion, async () => {
    const db = await PGlite.create()
    const copy = await db.dumpDataDir('none')
    await db.close()
    return copy
  })

/**
 * Makes a new cluster under another name, then renames it: an incomplete one is never taken for a complete one. Throws
 * when there is one without its PG_VERSION: PGlite would write an empty database over it.
 */
async function prepareCluster(cluster: string, template: () => Promise<Blob>): Promise<void> {
  if (existsSync(cluster)) {
    if (readdirSync(cluster).includes('PG_VERSION')) return
    throw new Error(`${cluster} has no file PG_VERSION, so it is incomplete`)
  }
  const draft = `${cluster}.new`
  await rm(draft, { recursive: true, force: true })
  const db = await PGlite.create({ dataDir: `file://${draft}`, loadDataDir: await template() })
  await db.close()
  await rename(draft, cluster)
}

type Opened = { db: PGlite; lock: Lock | undefined }

async function openDatabase({ dataDir, template = loadEmptyCluster }: EmbeddedPostgresOptions): Promise<Opened> {
  if (dataDir === undefined) return { db: await PGlite.create({ loadDataDir: await template() }), lock: undefined }
  await mkdir(dataDir, { recursive: true })
  const lock = lockFolder(dataDir)
  try {
    const cluster = join(dataDir, 'postgres')
    await prepareCluster(cluster, template)
    return { db: await PGlite.create(`file://${cluster}`), lock }
  } catch (error) {
    lock.release()
    throw error
  }
}

/** ReadyForQuery without its last byte: a server sends it when it has finished a query, or a Sync. */
const READY = Buffer.from([0x5a, 0, 0, 0, 5])
const TERMINATE = 0x58

/**
 * The server lets another client's messages in between those of a statement (Parse, Bind, …, Sync) when
 * they come in two packets: they would share the unnamed statement, and be skipped after its error.
 * So a client that has begun a statement keeps the session, as in a transaction, until the session is ready again.
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
    begun = false // the server runs ROLLBACK for a client that has gone
    return exec(...query)
  }
}

/**
 * PostgreSQL in this process (https://pglite.dev), served over TCP to any number of clients. It
 * has one session behind all of them: one transaction at a time, the others wait, and settings
 * (SET) or prepared statements with a name are shared.
 * A statement runs to its end: this build of Postgres cannot be interrupted, so statement_timeout has no effect.
 * With one session nothing ever waits for a lock. To test these limits, use a server.
 * Throws when another process has the folder.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions = {}): Promise<EmbeddedPostgres> {
  const { db, lock } = await openDatabase(options)
  keepStatementsWhole(db)
  const server = new PGLiteSocketServer({ db, port: 0, maxConnections: 500 })
  await server.start()
  return {
    url: `postgres://postgres@${server.getServerConn()}/postgres`,
    copy: async () => {
      await db.exec('checkpoint') // so that the copied files need no recovery
      return db.dumpDataDir('none')
    },
    close: async () => {
      await server.stop()
      await db.close()
      lock?.release()
    },
  }
}
