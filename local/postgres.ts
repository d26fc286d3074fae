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

/**
 * PostgreSQL in this process (https://pglite.dev), served over TCP to any number of clients. It
 * has one session behind all of them: one transaction at a time, the others wait, and settings
 * (SET) or prepared statements with a name are shared. In memory when `dataDir` is undefined.
 * Throws when another process has the folder.
 */
export async function startEmbeddedPostgres(options: { dataDir?: string } = {}): Promise<EmbeddedPostgres> {
  const { db, lock } = await openDatabase(options.dataDir)
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
