import { CidrPool } from './cidr-pool';

const all = (pool: CidrPool): string[] => {
  const found: string[] = [];
  for (let cidr = pool.allocate(); cidr; cidr = pool.allocate()) found.push(cidr);
  return found;
};

describe('CidrPool', () => {
  it('cuts ranges of both families until none is left', () => {
    expect(all(new CidrPool('10.0.0.0/22', 24))).toEqual(['10.0.0.0/24', '10.0.1.0/24', '10.0.2.0/24', '10.0.3.0/24']);
    expect(all(new CidrPool('fd00:1::/62', 64))).toEqual([
      'fd00:1::/64',
      'fd00:1:0:1::/64',
      'fd00:1:0:2::/64',
      'fd00:1:0:3::/64',
    ]);
  });
  it('knows what is taken, in whatever size, and gives out what comes back last', () => {
    const pool = new CidrPool('10.0.0.0/22', 24);
    pool.occupy('10.0.1.7/32');
    pool.occupy('10.0.2.0/23');
    pool.occupy('192.168.0.0/16');
    expect(all(pool)).toEqual(['10.0.0.0/24']);
    pool.release('10.0.2.0/24');
    expect(all(pool)).toEqual(['10.0.2.0/24']);
  });
  it.each([
    ['10.0.0.0/24', 16],
    ['10.0.0.0', 24],
    ['10.0.0.0/24', 33],
    ['fd00::/32', 64],
  ])('refuses %s cut to /%i', (cidr, mask) => expect(() => new CidrPool(cidr, mask)).toThrow('clusterCidr'));
});
