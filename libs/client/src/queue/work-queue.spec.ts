import fc from 'fast-check';
import { ExponentialRateLimiter } from './rate-limiter';
import { WorkQueue } from './work-queue';

describe('WorkQueue', () => {
  it('holds a key once', async () => {
    const queue = new WorkQueue('test');
    queue.add('a');
    queue.add('b');
    queue.add('a');
    expect(queue.length).toBe(2);
    expect(await queue.take()).toBe('a');
    expect(await queue.take()).toBe('b');
  });

  it('does not hand a key to two workers and brings it again if it was added meanwhile', async () => {
    const queue = new WorkQueue('test');
    queue.add('a');
    await queue.take();
    queue.add('a');
    expect(queue.length).toBe(0);
    queue.done('a');
    expect(queue.length).toBe(1);
    expect(await queue.take()).toBe('a');
  });

  it('hands a key to a worker that waits', async () => {
    const queue = new WorkQueue('test');
    const taken = queue.take();
    queue.add('a');
    expect(await taken).toBe('a');
  });

  it('delays, and lets the earliest delay of a key win', async () => {
    const queue = new WorkQueue('test');
    queue.addAfter('a', 60_000);
    queue.addAfter('a', 5);
    expect(queue.length).toBe(0);
    expect(await queue.take()).toBe('a');
  });

  it('drains: waits for what is in work and lets go of waiting workers', async () => {
    const queue = new WorkQueue('test');
    queue.add('a');
    await queue.take();
    const idle = queue.take();
    let isDown = false;
    const down = queue.shutDown().then(() => (isDown = true));
    expect(await idle).toBeUndefined();
    expect(isDown).toBe(false);
    queue.done('a');
    await down;
    queue.add('b');
    expect(queue.length).toBe(0);
  });

  it('hands out every added key, each never to two at a time, whatever the interleaving', async () => {
    const actions = fc.array(fc.tuple(fc.constantFrom('add', 'take', 'done'), fc.constantFrom('a', 'b', 'c')));
    await fc.assert(
      fc.asyncProperty(actions, async (steps) => {
        const queue = new WorkQueue('property');
        const inWork = new Set<string>();
        const owed = new Set<string>();
        for (const [action, key] of steps) {
          if (action === 'add') {
            queue.add(key);
            owed.add(key);
          } else if (action === 'take' && queue.length > 0) {
            const taken = (await queue.take())!;
            expect(inWork.has(taken)).toBe(false);
            inWork.add(taken);
            owed.delete(taken);
          } else if (action === 'done' && inWork.delete(key)) {
            queue.done(key);
          }
        }
        for (const key of inWork) queue.done(key);
        while (queue.length > 0) owed.delete((await queue.take())!);
        expect([...owed]).toEqual([]);
      }),
    );
  });
});

describe('ExponentialRateLimiter', () => {
  it('doubles per failure up to its limit and forgets', () => {
    const limiter = new ExponentialRateLimiter(5, 30);
    expect([1, 2, 3, 4].map(() => limiter.next('a'))).toEqual([5, 10, 20, 30]);
    expect(limiter.retries('a')).toBe(4);
    limiter.forget('a');
    expect(limiter.next('a')).toBe(5);
  });
});
