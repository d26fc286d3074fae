/** Waits until something holds; fails after a while with what it looked for. */
export async function until(what: string, holds: () => boolean, within_ms = 60_000): Promise<void> {
  const end = Date.now() + within_ms
  while (!holds()) {
    if (Date.now() > end) throw new Error(`Waited in vain for: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}
