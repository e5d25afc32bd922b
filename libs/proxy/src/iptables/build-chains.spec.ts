import { endpoint, servicePort } from '../../test/ports';
import type { ServicePort } from '../state/service-port';
import { buildChains, defaultIptablesOptions, type IptablesOptions } from './build-chains';
import { clusterPolicyChain, endpointChain } from './chain-names';
import { restoreInput } from './restore-input';

function text(ports: ServicePort[], options: Partial<IptablesOptions> = {}): string {
  return restoreInput(undefined, buildChains({ ports }, { ...defaultIptablesOptions, ...options }));
}
const lines = (input: string, part: string) => input.split('\n').filter((line) => line.includes(part));

describe('chain names', () => {
  // Names any cluster shows.
  test.each([
    ['default/kubernetes:https', 'tcp', 'KUBE-SVC-NPX46M4PTMTKRN6Y'],
    ['kube-system/kube-dns:dns', 'udp', 'KUBE-SVC-TCOU7JCQXEZGVUNU'],
    ['ns1/svc1:p80', 'tcp', 'KUBE-SVC-XPGD46QRK7WJZT7O'],
  ])('%s/%s is %s', (name, protocol, chain) => expect(clusterPolicyChain({ name, protocol })).toBe(chain));

  test('an endpoint’s name has its address in it', () => {
    expect(endpointChain({ name: 'ns1/svc1:p80', protocol: 'tcp' }, '10.180.0.1:80')).toBe('KUBE-SEP-SXIVWICOYRO3J4NJ');
  });
});

describe('buildChains', () => {
  test('a cluster IP with one endpoint, in full', () => {
    expect(text([servicePort()], { clusterCidr: '10.0.0.0/8' })).toBe(
      `*filter
:KUBE-SERVICES - [0:0]
:KUBE-EXTERNAL-SERVICES - [0:0]
:KUBE-NODEPORTS - [0:0]
:KUBE-PROXY-FIREWALL - [0:0]
:KUBE-FORWARD - [0:0]
-A KUBE-FORWARD -m conntrack --ctstate INVALID -j DROP
-A KUBE-FORWARD -m comment --comment "kubernetes forwarding rules" -m mark --mark 0x4000/0x4000 -j ACCEPT
-A KUBE-FORWARD -m comment --comment "kubernetes forwarding conntrack rule" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
COMMIT
*nat
:KUBE-SERVICES - [0:0]
:KUBE-NODEPORTS - [0:0]
:KUBE-POSTROUTING - [0:0]
:KUBE-MARK-MASQ - [0:0]
:KUBE-SVC-XPGD46QRK7WJZT7O - [0:0]
:KUBE-SEP-SXIVWICOYRO3J4NJ - [0:0]
-A KUBE-SERVICES -m comment --comment "ns1/svc1:p80 cluster IP" -m tcp -p tcp -d 172.30.0.41 --dport 80 -j KUBE-SVC-XPGD46QRK7WJZT7O
-A KUBE-SERVICES -m comment --comment "kubernetes service nodeports; NOTE: this must be the last rule in this chain" -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS
-A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN
-A KUBE-POSTROUTING -j MARK --xor-mark 0x4000
-A KUBE-POSTROUTING -m comment --comment "kubernetes service traffic requiring SNAT" -j MASQUERADE --random-fully
-A KUBE-MARK-MASQ -j MARK --or-mark 0x4000
-A KUBE-SVC-XPGD46QRK7WJZT7O -m comment --comment "ns1/svc1:p80 cluster IP" -m tcp -p tcp -d 172.30.0.41 --dport 80 ! -s 10.0.0.0/8 -j KUBE-MARK-MASQ
-A KUBE-SVC-XPGD46QRK7WJZT7O -m comment --comment "ns1/svc1:p80 -> 10.180.0.1:80" -j KUBE-SEP-SXIVWICOYRO3J4NJ
-A KUBE-SEP-SXIVWICOYRO3J4NJ -m comment --comment "ns1/svc1:p80" -s 10.180.0.1 -j KUBE-MARK-MASQ
-A KUBE-SEP-SXIVWICOYRO3J4NJ -m comment --comment "ns1/svc1:p80" -m tcp -p tcp -j DNAT --to-destination 10.180.0.1:80
COMMIT
`,
    );
  });

  test('endpoints share the traffic evenly', () => {
    const endpoints = ['10.0.0.1', '10.0.0.2', '10.0.0.3'].map((ip) => endpoint(ip));
    const spread = lines(text([servicePort({ endpoints })]), '-A KUBE-SVC-');
    expect(spread.map((line) => /--probability (\S+)/.exec(line)?.[1])).toEqual([
      '0.3333333333',
      '0.5000000000',
      undefined,
    ]);
  });

  test('session affinity asks the recent list first', () => {
    const input = text([servicePort({ affinitySeconds: 10_800 })]);
    expect(lines(input, '-A KUBE-SVC-')[0]).toContain(
      '-m recent --name KUBE-SEP-SXIVWICOYRO3J4NJ --rcheck --seconds 10800 --reap -j KUBE-SEP-SXIVWICOYRO3J4NJ',
    );
    expect(lines(input, '-j DNAT')[0]).toContain('-m recent --name KUBE-SEP-SXIVWICOYRO3J4NJ --set -m tcp');
  });

  test('a service without endpoints refuses, on its node port too', () => {
    const input = text([servicePort({ endpoints: [], nodePort: 30_080 })]);
    expect(lines(input, 'has no endpoints')).toEqual([
      '-A KUBE-SERVICES -m comment --comment "ns1/svc1:p80 has no endpoints" -m tcp -p tcp -d 172.30.0.41 --dport 80 -j REJECT',
      '-A KUBE-EXTERNAL-SERVICES -m comment --comment "ns1/svc1:p80 has no endpoints" -m addrtype --dst-type LOCAL -m tcp -p tcp --dport 30080 -j REJECT',
    ]);
    expect(lines(input, 'KUBE-SVC-')).toEqual([]);
  });

  test('a node port is masqueraded with the Cluster policy', () => {
    const input = text([servicePort({ nodePort: 30_080 })]);
    expect(lines(input, '-A KUBE-NODEPORTS')).toEqual([
      '-A KUBE-NODEPORTS -m comment --comment "ns1/svc1:p80" -m tcp -p tcp --dport 30080 -j KUBE-EXT-XPGD46QRK7WJZT7O',
    ]);
    expect(lines(input, '-A KUBE-EXT-')).toEqual([
      '-A KUBE-EXT-XPGD46QRK7WJZT7O -m comment --comment "masquerade traffic for ns1/svc1:p80 external destinations" -j KUBE-MARK-MASQ',
      '-A KUBE-EXT-XPGD46QRK7WJZT7O -j KUBE-SVC-XPGD46QRK7WJZT7O',
    ]);
  });

  test('externalTrafficPolicy Local keeps the client’s address and uses local endpoints only', () => {
    const endpoints = [endpoint('10.0.0.1', { local: true }), endpoint('10.0.0.2')];
    const input = text([servicePort({ nodePort: 30_080, externalLocal: true, endpoints })], {
      clusterCidr: '10.0.0.0/8',
    });
    expect(lines(input, '-A KUBE-SVL-').map((line) => line.includes('10.0.0.1:80'))).toEqual([true]);
    expect(lines(input, '-A KUBE-SVC-')).toHaveLength(3);
    expect(lines(input, '-A KUBE-EXT-').map((line) => line.replace(/.* -j /, ''))).toEqual([
      'KUBE-SVC-XPGD46QRK7WJZT7O',
      'KUBE-MARK-MASQ',
      'KUBE-SVC-XPGD46QRK7WJZT7O',
      'KUBE-SVL-XPGD46QRK7WJZT7O',
    ]);
  });

  test('a Local policy without local endpoints drops instead of refusing', () => {
    const input = text([servicePort({ internalLocal: true })]);
    expect(lines(input, 'has no local endpoints')[0]).toContain('-d 172.30.0.41 --dport 80 -j DROP');
  });

  test('source ranges guard a load balancer’s address', () => {
    const port = servicePort({ loadBalancerIPs: ['1.2.3.4'], loadBalancerSourceRanges: ['203.0.113.0/24'] });
    const input = text([port]);
    expect(lines(input, 'loadbalancer IP')).toEqual([
      '-A KUBE-SERVICES -m comment --comment "ns1/svc1:p80 loadbalancer IP" -m tcp -p tcp -d 1.2.3.4 --dport 80 -j KUBE-FW-XPGD46QRK7WJZT7O',
      '-A KUBE-FW-XPGD46QRK7WJZT7O -m comment --comment "ns1/svc1:p80 loadbalancer IP" -s 203.0.113.0/24 -j KUBE-EXT-XPGD46QRK7WJZT7O',
    ]);
    expect(lines(input, '-A KUBE-PROXY-FIREWALL')).toHaveLength(1);
  });

  test('while nothing is ready, what terminates but serves is used', () => {
    const dying = endpoint('10.0.0.9', { ready: false, servingTerminating: true });
    expect(text([servicePort({ endpoints: [dying] })])).toContain('10.0.0.9:80');
    expect(text([servicePort({ endpoints: [dying, endpoint('10.0.0.1')] })])).not.toContain('10.0.0.9:80');
  });
});

describe('restoreInput', () => {
  const chainsOf = (ports: ServicePort[]) => buildChains({ ports }, defaultIptablesOptions);

  test('is empty when nothing differs', () => {
    expect(restoreInput(chainsOf([servicePort()]), chainsOf([servicePort()]))).toBe('');
  });

  test('writes only the chains that differ and deletes the ones that are gone', () => {
    const other = servicePort({ name: 'ns2/other', clusterIP: '172.30.0.42' });
    const input = restoreInput(
      chainsOf([servicePort(), other]),
      chainsOf([servicePort({ endpoints: [endpoint('10.180.0.2')] }), other]),
    );
    expect(input).not.toContain('*filter');
    expect(input).not.toContain('ns2/other');
    expect(input.split('\n').filter((line) => line.startsWith(':'))).toHaveLength(3);
    expect(lines(input, '-X ')).toEqual(['-X KUBE-SEP-SXIVWICOYRO3J4NJ']);
  });
});
