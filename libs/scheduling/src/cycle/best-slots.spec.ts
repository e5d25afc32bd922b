import fc from 'fast-check';
import { BestSlots } from './best-slots';

describe('BestSlots', () => {
  it('picks one of the highest after any changes, and each of them for some random number', () => {
    const change = fc.tuple(fc.nat(40), fc.constantFrom(-Infinity, 0, 1, 2, 3.5));
    fc.assert(
      fc.property(fc.array(change, { maxLength: 120 }), (changes) => {
        const best = new BestSlots();
        const values = new Map<number, number>();
        for (const [slot, value] of changes) {
          best.grow(slot + 1);
          best.set(slot, value);
          values.set(slot, value);
        }
        const candidates = [...values].filter(([, value]) => value !== -Infinity);
        const top = Math.max(...candidates.map(([, value]) => value));
        const highest = candidates.filter(([, value]) => value === top).map(([slot]) => slot);
        const picked = highest.map((_, at) => best.pick(() => (at + 0.5) / highest.length));
        expect(picked.sort()).toEqual(highest.sort());
        if (highest.length === 0) expect(best.pick(() => 0)).toBeUndefined();
      }),
    );
  });
});
