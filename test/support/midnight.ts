const dayAt = (time: number, timeZone: string) => new Intl.DateTimeFormat('sv-SE', { timeZone }).format(time)

/** Waits, in the last 30 seconds of a day, for the next one: for tests that compare their "today" with the server's. */
export async function avoidMidnight(timeZone = 'UTC'): Promise<void> {
  while (dayAt(Date.now(), timeZone) !== dayAt(Date.now() + 30_000, timeZone))
    await new Promise((resolve) => setTimeout(resolve, 500))
}
