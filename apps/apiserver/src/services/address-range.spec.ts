import { AddressRange } from './address-range';

describe('AddressRange', () => {
  it.each([
    ['10.0.0.0/28', 14],
    ['10.0.0.0/26', 62],
    ['10.0.0.0/31', 0],
    ['10.0.0.0/32', 0],
    ['fd00::/122', 63],
  ])('hands out every usable address of %s and then none', (cidr, count) => {
    const range = new AddressRange(cidr);
    const taken = new Set<string>();
    for (let ip = range.pick((one) => taken.has(one)); ip; ip = range.pick((one) => taken.has(one))) {
      expect(range.contains(ip)).toBe(true);
      expect(taken.has(ip)).toBe(false);
      taken.add(ip);
    }
    expect(taken.size).toBe(count);
  });

  it.each([
    ['10.0.0.0/24', 17],
    ['10.0.0.0/16', 257],
    ['fd00::/112', 257],
  ])('leaves the lower part of %s to those who choose until the upper is full', (cidr, from) => {
    const range = new AddressRange(cidr);
    const lower = new Set(Array.from({ length: from }, (_, index) => range.at(index)));
    for (let round = 0; round < 200; round++) expect(lower.has(range.pick(() => false) ?? '')).toBe(false);
    expect(range.pick((ip) => !lower.has(ip))).toBeDefined();
  });

  it('knows its own', () => {
    const range = new AddressRange('10.96.0.0/16');
    expect(range.at(1)).toBe('10.96.0.1');
    const others = ['10.96.0.0', '10.96.255.255', '10.97.0.1', 'fd00::1', 'x'];
    expect(others.map((ip) => range.contains(ip))).toEqual([false, false, false, false, false]);
    expect(range.contains('10.96.3.4')).toBe(true);
  });

  it('refuses what is no range', () => expect(() => new AddressRange('10.96.0.0')).toThrow('not a CIDR: 10.96.0.0'));
});
