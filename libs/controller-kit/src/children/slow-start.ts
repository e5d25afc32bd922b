/**
 * Calls fn `count` times in batches of 1, 2, 4, ... so that a mistake that every call would make (a quota, a webhook)
 * costs one call and not thousands. Stops after the first batch with a failure. Kubernetes' slowStartBatch.
 */
export async function slowStartBatch(
  count: number,
  fn: (index: number) => Promise<void>,
): Promise<{ succeeded: number; error?: unknown }> {
  let succeeded = 0;
  let started = 0;
  for (let size = Math.min(1, count); size > 0; size = Math.min(2 * size, count - started)) {
    const from = started;
    const results = await Promise.allSettled(Array.from({ length: size }, (_, offset) => fn(from + offset)));
    started += size;
    succeeded += results.filter((result) => result.status === 'fulfilled').length;
    const failed = results.find((result) => result.status === 'rejected');
    if (failed) return { succeeded, error: failed.reason };
  }
  return { succeeded };
}
