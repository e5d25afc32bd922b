import { ExpiryQueue } from './expiry-queue';

describe('ExpiryQueue', () => {
  it('gives what is over, the oldest first, and nothing twice renewed', () => {
    const queue = new ExpiryQueue(100);
    queue.written('a', 1, 0);
    queue.written('b', 2, 10);
    queue.written('c', 3, 20);
    queue.written('a', 4, 30);
    queue.removed('c');
    expect(queue.due(109, 9)).toEqual([]);
    expect(queue.due(110, 9)).toEqual([{ key: 'b', revision: 2 }]);
    expect(queue.due(1000, 9)).toEqual([
      { key: 'b', revision: 2 },
      { key: 'a', revision: 4 },
    ]);
    expect(queue.due(1000, 1)).toHaveLength(1);
    queue.clear();
    expect(queue.size).toBe(0);
  });
});
