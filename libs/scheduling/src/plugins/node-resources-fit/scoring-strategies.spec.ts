import fc from 'fast-check';
import { ResourceShare, leastAllocated, mostAllocated, requestedToCapacityRatio } from './scoring-strategies';

const share = (requested: number, allocatable: number, weight = 1): ResourceShare => ({
  requested,
  allocatable,
  weight,
});

describe('scoring strategies of NodeResourcesFit', () => {
  it.each([
    [[share(3000, 4000), share(5000, 10000)], 37],
    [[share(5000, 4000), share(5000, 10000)], 25],
    [[share(3000, 4000, 3), share(5000, 10000)], 31],
    [[share(3000, 4000), share(0, 0)], 25],
    [[share(0, 0)], 0],
  ])('LeastAllocated of %j is %d', (shares, expected) => expect(leastAllocated(shares)).toBe(expected));

  it.each([
    [[share(3000, 4000), share(5000, 10000)], 62],
    [[share(5000, 4000), share(5000, 10000)], 75],
    [[share(1, 3)], 33],
  ])('MostAllocated of %j is %d', (shares, expected) => expect(mostAllocated(shares)).toBe(expected));

  it.each([
    [[share(3000, 4000), share(5000, 10000)], 38],
    [[share(5000, 4000), share(5000, 10000)], 50],
    [[share(0, 4000)], 100],
  ])('RequestedToCapacityRatio from full to empty of %j is %d', (shares, expected) =>
    expect(
      requestedToCapacityRatio([
        { utilization: 0, score: 10 },
        { utilization: 100, score: 0 },
      ])(shares),
    ).toBe(expected),
  );

  it('follows a bent line and stays level outside of it', () => {
    const strategy = requestedToCapacityRatio([
      { utilization: 20, score: 0 },
      { utilization: 40, score: 10 },
      { utilization: 80, score: 5 },
    ]);
    expect([10, 20, 30, 40, 60, 80, 95].map((percent) => strategy([share(percent, 100)]))).toEqual([
      0, 0, 50, 100, 75, 50, 50,
    ]);
  });

  it('divides as 64-bit integers do, also beyond 2^53', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.maxSafeNat(), (a, b) => {
        const [requested, allocatable] = [Math.min(a, b), Math.max(a, b, 1)];
        const exact = ((BigInt(allocatable) - BigInt(requested)) * 100n) / BigInt(allocatable);
        expect(leastAllocated([share(requested, allocatable)])).toBe(Number(exact));
      }),
    );
  });
});
