import { AddressRange } from './address-range';

describe('AddressRange', () => {
  it('hands out every usable address and then none', () => {
    const range = new AddressRange('10.0.0.0/28');
    const taken = new Set(['10.0.0.1']);
    for (let ip = range.pick((one) => taken.has(one)); ip; ip = range.pick((one) => taken.has(one))) {
      expect(range.contains(ip)).toBe(true);
      expect(taken.has(ip)).toBe(false);
      taken.add(ip);
    }
    expect(taken.size).toBe(14);
  });
  it('knows its own', () => {
    const range = new AddressRange('10.96.0.0/16');
    expect(range.at(1)).toBe('10.96.0.1');
    expect(['10.96.0.0', '10.96.255.255', '10.97.0.1', 'x'].map((ip) => range.contains(ip))).toEqual([
      false,
      false,
      false,
      false,
    ]);
    expect(range.contains('10.96.3.4')).toBe(true);
  });
});
