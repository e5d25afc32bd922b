import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PodSpec } from '@nestor/api';
import { podWith } from '../pod/pod-fixtures';
import { ensureCniConfig } from './cni-conflist';
import { parseResolvConf, podDns } from './dns-config';

describe('podDns', () => {
  const host = parseResolvConf('# by hand\nnameserver 192.0.2.53\nsearch example.com corp\noptions timeout:1\n');
  const cluster = { servers: ['10.96.0.10'], domain: 'cluster.local' };
  const dns = (spec: Partial<PodSpec>, at = cluster) => podDns(podWith(spec), at, host);

  it('asks the cluster first', () => {
    expect(dns({ dnsPolicy: 'ClusterFirst' })).toEqual({
      servers: ['10.96.0.10'],
      searches: ['ns.svc.cluster.local', 'svc.cluster.local', 'cluster.local', 'example.com', 'corp'],
      options: ['ndots:5'],
    });
  });
  it.each<[string, Partial<PodSpec>]>([
    ['Default', { dnsPolicy: 'Default' }],
    ['ClusterFirst on the host network', { dnsPolicy: 'ClusterFirst', hostNetwork: true }],
  ])('is the host’s for %s', (_what, spec) => expect(dns(spec)).toEqual(host));
  it('is the host’s where the cluster has no DNS', () => {
    expect(dns({ dnsPolicy: 'ClusterFirst' }, { ...cluster, servers: [] })).toEqual(host);
  });
  it('is the pod’s own with None, which also overrides options', () => {
    const dnsConfig = { nameservers: ['1.1.1.1'], searches: ['own'], options: [{ name: 'ndots', value: '2' }] };
    expect(dns({ dnsPolicy: 'None', dnsConfig })).toEqual({
      servers: ['1.1.1.1'],
      searches: ['own'],
      options: ['ndots:2'],
    });
    expect(dns({ dnsConfig }).options).toEqual(['ndots:2']);
  });
});

describe('ensureCniConfig', () => {
  it('writes a bridge where there is none and keeps to what others wrote', () => {
    const dir = mkdtempSync(join(tmpdir(), 'nestor-cni-'));
    expect(ensureCniConfig(join(dir, 'net.d'), { podCidr: '10.1.0.0/24' })).toBe(true);
    const written = JSON.parse(readFileSync(join(dir, 'net.d', '10-nestor.conflist'), 'utf8')) as object;
    expect(written).toMatchObject({
      plugins: [
        { type: 'bridge', ipMasq: true, hairpinMode: true, ipam: { ranges: [[{ subnet: '10.1.0.0/24' }]] } },
        { type: 'portmap' },
      ],
    });
    expect(ensureCniConfig(join(dir, 'net.d'), { podCidr: '10.2.0.0/24' })).toBe(true);
    writeFileSync(join(dir, '05-other.conf'), '{}');
    expect(ensureCniConfig(dir, { podCidr: '10.1.0.0/24' })).toBe(false);
    expect(existsSync(join(dir, '10-nestor.conflist'))).toBe(false);
    rmSync(dir, { recursive: true });
  });
});
