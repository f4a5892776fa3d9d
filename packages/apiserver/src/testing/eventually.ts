const longestMs = 15_000
const pauseMs = 5

/** Waits until `check` passes; at last throws what it threw. For what controllers do in their own time. */
export async function eventually<T>(check: () => Promise<T> | T): Promise<T> {
  const end = performance.now() + longestMs
  for (;;) {
    try {
      return await check()
    } catch (error) {
      if (performance.now() > end) throw error
    }
    await new Promise((resolve) => setTimeout(resolve, pauseMs))
  }
}
