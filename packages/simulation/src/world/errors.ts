/** The text of whatever was thrown. */
export function problemText(problem: unknown): string {
  return problem instanceof Error ? problem.message : JSON.stringify(problem)
}
