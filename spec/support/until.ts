/**
 * Resolves once `isTrue`, looked at every few milliseconds. Only a failure takes as long as `limitMs`: that is no measure
 * of speed, and long enough for a machine that is busy with other things.
 */
export async function until(isTrue: () => boolean | Promise<boolean>, limitMs = 30_000): Promise<void> {
  const deadlineMs = performance.now() + limitMs
  while (!(await isTrue())) {
    if (performance.now() > deadlineMs) throw new Error(`it never came true: ${isTrue.toString()}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
