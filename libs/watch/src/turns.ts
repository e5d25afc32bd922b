/** What may pass before other requests get their turn. */
const turnMs = 5;

/** Who has work left, in order. One of them goes on in each turn of the event loop, however many there are. */
const waiting: (() => void)[] = [];

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    if (waiting.push(resolve) === 1) setImmediate(release);
  });
}

function release(): void {
  waiting.shift()?.();
  if (waiting.length > 0) setImmediate(release);
}

/** Takes the steps one after another, giving way to other work whenever they have taken a while. */
export async function inTurns(steps: Iterable<unknown>): Promise<void> {
  if (waiting.length > 0) await nextTurn();
  let began = performance.now();
  for (const _step of steps) {
    if (performance.now() - began < turnMs) continue;
    await nextTurn();
    began = performance.now();
  }
}
