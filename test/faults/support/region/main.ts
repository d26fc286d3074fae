import { convertV4MiniflareOptions, Miniflare, type V4MiniflareOptions } from 'miniflare'
import type { Command } from './process.ts'

/*
 * One region in a process of its own, so that it can be killed (SIGKILL): workerd, with the Worker's
 * script and the objects' storage that the parent names. It ends with its parent.
 */

type Scheduled = { scheduled(event: { scheduledTime: Date }): Promise<{ outcome: string }> }
type Relays = { REGION_RELAY: { getByName(name: string): { crash(): Promise<void> } } }

/** Answers each of the parent's messages with one word. */
const say = (word: 'ready' | 'done' | 'failed') => process.send?.(word)

async function runJobs(miniflare: Miniflare): Promise<void> {
  const worker = (await miniflare.getWorker()) as unknown as Scheduled
  const { outcome } = await worker.scheduled({ scheduledTime: new Date() })
  if (outcome !== 'ok') throw new Error(`The jobs ended with ${outcome}`)
}

async function runCommand(miniflare: Miniflare, { evict, evict_sender, kill, cron }: Command): Promise<void> {
  if (cron) await runJobs(miniflare)
  if (evict)
    await miniflare.unsafeEvictDurableObject('flowtrack', 'ProjectHub', { name: evict, webSockets: 'hibernate' })
  if (evict_sender) await miniflare.unsafeEvictDurableObject('flowtrack', 'WebhookSender', { name: evict_sender })
  if (!kill) return
  const { REGION_RELAY } = await miniflare.getBindings<Relays>()
  await REGION_RELAY.getByName(kill)
    .crash()
    .catch(() => undefined) // a relay that crashes does not answer
}

process.on('disconnect', () => process.exit(1))
process.once('message', async (options: V4MiniflareOptions) => {
  const miniflare = new Miniflare(convertV4MiniflareOptions(options))
  await miniflare.ready
  process.on('message', (command: Command) => {
    runCommand(miniflare, command).then(
      () => say('done'),
      (error: unknown) => {
        console.error(error)
        say('failed')
      },
    )
  })
  say('ready')
})
