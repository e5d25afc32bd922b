import { Gate } from './gate';

describe('Gate', () => {
  it('lets no more through than its limit, in order', async () => {
    const gate = new Gate(2);
    const inside: number[] = [];
    const most = { count: 0 };
    const order: number[] = [];
    await Promise.all(
      Array.from({ length: 10 }, async (_, index) => {
        await gate.enter();
        inside.push(index);
        order.push(index);
        most.count = Math.max(most.count, inside.length);
        await Promise.resolve();
        inside.splice(inside.indexOf(index), 1);
        gate.leave();
      }),
    );
    expect(most.count).toBe(2);
    expect(order).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });
});
