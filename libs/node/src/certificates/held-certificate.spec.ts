import { createAuthority, issueCertificate, type KeyPair } from '@nestor/pki';
import { lackOf } from './held-certificate';
import { servingTemplate } from './node-certificates';

describe('lackOf', () => {
  let pair: KeyPair;
  const wanted = { commonName: 'system:node:n1', organizations: ['system:nodes'] };
  beforeAll(async () => {
    const names = ['n1', 'n1.example', '10.0.0.1', 'fd00::1'];
    pair = await issueCertificate(await createAuthority('ca'), { ...wanted, names, usage: 'server' });
  });

  it.each([
    [{}, undefined],
    [{ dnsNames: ['n1'], ipAddresses: ['fd00:0::1'] }, undefined],
    [{ commonName: 'system:node:n2' }, 'common name system:node:n2'],
    [{ dnsNames: ['n1', 'n2'] }, 'DNS names n2'],
    [{ ipAddresses: ['10.0.0.2', '10.0.0.1'] }, 'IP addresses 10.0.0.2'],
    [{ organizations: ['system:nodes', 'others'] }, 'organizations others'],
  ])('of %j is %s', (change, lack) => expect(lackOf(pair, { ...wanted, ...change })).toBe(lack));
});

describe('servingTemplate', () => {
  it('asks for what the node says it is reached at', () => {
    const addresses = [
      { type: 'Hostname', address: 'n1' },
      { type: 'InternalIP', address: '10.0.0.2' },
      { type: 'ExternalIP', address: '10.0.0.1' },
      { type: 'InternalDNS', address: 'a.example' },
      { type: 'InternalDNS', address: 'a.example' },
    ];
    expect(servingTemplate('n1', addresses)).toEqual({
      commonName: 'system:node:n1',
      organizations: ['system:nodes'],
      dnsNames: ['a.example', 'n1'],
      ipAddresses: ['10.0.0.1', '10.0.0.2'],
    });
  });
  it('waits for an address', () => {
    expect(servingTemplate('n1', [])).toBeUndefined();
    expect(servingTemplate('n1', [{ type: 'Hostname', address: 'n1' }])).toBeUndefined();
    expect(servingTemplate('n1', [{ type: 'Hostname', address: '10.0.0.1' }])?.ipAddresses).toEqual(['10.0.0.1']);
  });
});
