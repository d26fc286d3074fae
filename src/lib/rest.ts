/**
 * Runs a step of work that nobody waits for, and then rests for as long as it took: however much there is to do, it takes
 * at most half of one core of the database, and less where that is busy.
 */
export async function restingAfter<T>(step: () => Promise<T>): Promise<T> {
  const began = Date.now()
  try {
    return await step()
  } finally {
    const took = Date.now() - began
    await new Promise((rested) => setTimeout(rested, took))
  }
}
