import { inTurns } from './turns';

describe('inTurns', () => {
  function* work(steps: number, busyMs: number, done: number[]): Generator<void> {
    for (let step = 0; step < steps; step++) {
      for (const end = performance.now() + busyMs; performance.now() < end;);
      done.push(step);
      yield;
    }
  }

  it('gives others their turn between steps that take long, and keeps their order', async () => {
    const done: number[] = [];
    const seen: number[] = [];
    let running = true;
    const look = (): void => {
      seen.push(done.length);
      if (running) setImmediate(look);
    };
    setImmediate(look);
    await inTurns(work(10, 11, done));
    running = false;
    expect(done).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    // Between any two steps somebody else has looked.
    expect(new Set(seen).size).toBeGreaterThanOrEqual(9);
  });

  it('lets one of many work in each turn', async () => {
    const done: number[] = [];
    const perTurn: number[] = [];
    let running = true;
    const look = (): void => {
      perTurn.push(done.splice(0).length);
      if (running) setImmediate(look);
    };
    setImmediate(look);
    await Promise.all(Array.from({ length: 5 }, () => inTurns(work(4, 6, done))));
    running = false;
    expect(Math.max(...perTurn)).toBeLessThanOrEqual(2);
  });

  it('passes on what a step throws', async () => {
    const steps = function* (): Generator<void> {
      yield;
      throw new Error('broken');
    };
    await expect(inTurns(steps())).rejects.toThrow('broken');
  });
});
