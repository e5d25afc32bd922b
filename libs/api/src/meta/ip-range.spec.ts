import fc from 'fast-check';
import { formatCidr, formatIp, isHostOf, parseCidr, parseIp, rangeContains, rangesOverlap } from './ip-range';

const range = (text: string) => parseCidr(text)!;
const canonical = (text: string): string => formatIp(parseIp(text)!);

describe('addresses', () => {
  it.each([
    ['10.96.0.1', '10.96.0.1'],
    ['255.255.255.255', '255.255.255.255'],
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['::', '::'],
    ['::1', '::1'],
    ['fd00::', 'fd00::'],
    ['1:0:0:2:0:0:0:3', '1:0:0:2::3'],
    ['1:0:0:2:0:0:3:4', '1::2:0:0:3:4'],
    ['1:0:2:3:4:5:6:7', '1:0:2:3:4:5:6:7'],
    ['::ffff:1.2.3.4', '::ffff:1.2.3.4'],
  ])('%s is written %s', (text, expected) => expect(canonical(text)).toBe(expected));

  it('reads back what it wrote', () => {
    fc.assert(fc.property(fc.ipV6(), (text) => canonical(canonical(text)) === canonical(text)));
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: (1n << 128n) - 1n }), (value) => {
        expect(parseIp(formatIp({ family: 'IPv6', value }))).toEqual({ family: 'IPv6', value });
      }),
    );
  });

  it('refuses what is none', () => {
    for (const text of ['', '1.2.3', '01.2.3.4', 'fe80::1%eth0', 'x']) expect(parseIp(text)).toBeUndefined();
  });
});

describe('ranges', () => {
  it('are named by any of their addresses', () => expect(formatCidr(range('10.96.3.4/16'))).toBe('10.96.0.0/16'));
  it('have no host at their ends', () => {
    const hosts = (cidr: string, ips: string[]) => ips.filter((ip) => isHostOf(range(cidr), parseIp(ip)!));
    expect(hosts('10.0.0.0/30', ['10.0.0.0', '10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.4'])).toEqual([
      '10.0.0.1',
      '10.0.0.2',
    ]);
    expect(hosts('fd00::/126', ['fd00::', 'fd00::1', 'fd00::3', 'fd00::4'])).toEqual(['fd00::1', 'fd00::3']);
  });
  it('contain and overlap', () => {
    expect(rangeContains(range('10.0.0.0/8'), range('10.1.0.0/16'))).toBe(true);
    expect(rangeContains(range('10.1.0.0/16'), range('10.0.0.0/8'))).toBe(false);
    expect(rangesOverlap(range('10.1.0.0/16'), range('10.0.0.0/8'))).toBe(true);
    expect(rangesOverlap(range('10.1.0.0/16'), range('10.2.0.0/16'))).toBe(false);
    expect(rangesOverlap(range('0.0.0.0/0'), range('::/0'))).toBe(false);
  });
  it.each(['10.0.0.0', '10.0.0.0/33', '10.0.0.0/08', '10.0.0.0/8/8', 'x/8', '::/129'])('%s is none', (text) =>
    expect(parseCidr(text)).toBeUndefined(),
  );
});
