/**
 * Runs a step of background work, then waits for as long as the step took. However much work there is, it uses at most
 * half of one core of the database, and less when the database is busy.
 */
export async function runThenRest<T>(step: () => Promise<T>): Promise<T> {
  const began = Date.now()
  try {
    return await step()
  } finally {
    const took = Date.now() - began
    await new Promise((rested) => setTimeout(rested, took))
  }
}
