import { parseServiceClusterIpRange } from './service-cluster-ip-range';

describe('--service-cluster-ip-range', () => {
  it.each([
    ['10.96.0.0/16', ['10.96.0.0/16'], ['IPv4']],
    ['10.96.3.4/16', ['10.96.0.0/16'], ['IPv4']],
    ['fd00::/112, 10.96.0.0/16', ['fd00::/112', '10.96.0.0/16'], ['IPv6', 'IPv4']],
  ])('%s', (text, cidrs, families) => expect(parseServiceClusterIpRange(text)).toEqual({ cidrs, families }));
  it.each([
    ['10.96.0.0', 'is not a CIDR'],
    ['10.96.0.0/16,10.97.0.0/16', 'one of each IP family'],
    ['10.96.0.0/16,fd00::/112,fd01::/112', 'two ranges at most'],
    ['fd00::/48', 'is too large'],
  ])('refuses %s', (text, why) => expect(() => parseServiceClusterIpRange(text)).toThrow(why));
});
