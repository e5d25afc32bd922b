import { isEnabled } from '../host/controller-options';
import { slowStartBatch } from './slow-start';

describe('slowStartBatch', () => {
  it('does all in doubling batches', async () => {
    const indexes: number[] = [];
    const result = await slowStartBatch(11, async (index) => void indexes.push(index));
    expect(result).toEqual({ succeeded: 11 });
    expect(indexes).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it('stops after the first batch that fails', async () => {
    let calls = 0;
    const failure = new Error('quota');
    const result = await slowStartBatch(100, async (index) => {
      calls++;
      if (index >= 2) throw failure;
    });
    expect(calls).toBe(3);
    expect(result).toEqual({ succeeded: 2, error: failure });
  });

  it('does nothing for nothing', async () => {
    await expect(slowStartBatch(0, () => Promise.reject(new Error('called')))).resolves.toEqual({ succeeded: 0 });
  });
});

describe('isEnabled', () => {
  it.each([
    ['a', ['*'], true],
    ['a', ['*', '-a'], false],
    ['b', ['*', '-a'], true],
    ['a', ['a'], true],
    ['b', ['a'], false],
  ])('%s with %j: %s', (name, controllers, expected) => {
    expect(isEnabled(name, controllers)).toBe(expected);
  });
  it('leaves out what is off by default unless it is named', () => {
    expect([['*'], ['*', 'x'], ['x']].map((controllers) => isEnabled('x', controllers, false))).toEqual([
      false,
      true,
      true,
    ]);
  });
});
