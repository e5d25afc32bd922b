import { PortRange } from './port-range';

describe('PortRange', () => {
  it('hands out every port and then none', () => {
    const range = PortRange.parse('30000-30049');
    const taken = new Set<number>();
    for (let port = range.pick((one) => taken.has(one)); port; port = range.pick((one) => taken.has(one))) {
      expect(range.contains(port)).toBe(true);
      // The first 16 are for those who choose, and go last.
      if (taken.size < 34) expect(port).toBeGreaterThanOrEqual(30016);
      taken.add(port);
    }
    expect(taken.size).toBe(50);
  });
  it('does not split a small range', () => {
    const range = new PortRange(1, 16);
    const picked = new Set(Array.from({ length: 500 }, () => range.pick(() => false)));
    expect(picked.size).toBe(16);
    expect(String(range)).toBe('1-16');
  });
});
