import { setImmediate } from 'node:timers/promises';

/** What may pass before other requests get their turn. */
const turnMs = 10;

/** Takes the steps one after another, giving way to other work whenever they have taken a while. */
export async function inTurns(steps: Iterable<unknown>): Promise<void> {
  let began = performance.now();
  for (const _step of steps) {
    if (performance.now() - began < turnMs) continue;
    await setImmediate();
    began = performance.now();
  }
}
