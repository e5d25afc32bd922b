import type { CertificateSigningRequest, Node } from '@nestor/api';
import { servingProblem } from './serving-approval.plan';

const node = (name: string, ...addresses: string[]): Node =>
  ({
    metadata: { name },
    status: {
      addresses: [
        { type: 'Hostname', address: name },
        ...addresses.map((address) => ({ type: 'InternalIP', address })),
      ],
    },
  }) as unknown as Node;
const nodes = [
  node('n1', '10.0.0.1', 'fd00::1'),
  node('n2', '10.0.0.2'),
  node('greedy', '10.0.0.2', '10.0.0.9', '10.96.0.1', '127.0.0.1'),
  node('kubernetes.default.svc', '10.0.0.4'),
  node('api.example', '10.0.0.5'),
];
const taken = new Set(['10.96.0.1', '10.0.0.9', 'api.example']);

describe('servingProblem', () => {
  const judge = (nodeName: string, change: object, spec: object = {}) => {
    const commonName = `system:node:${nodeName}`;
    const certificate = {
      commonName,
      organizations: ['system:nodes'],
      dnsNames: [],
      ipAddresses: [],
      emailAddresses: [],
      uris: [],
      ...change,
    };
    const groups = ['system:nodes', 'system:authenticated'];
    const usages = ['digital signature', 'server auth'];
    const request = { metadata: {}, spec: { username: commonName, groups, usages, ...spec } };
    return servingProblem({
      request: request as unknown as CertificateSigningRequest,
      certificate,
      nodes,
      taken,
    });
  };

  it.each<[string, object, string | undefined]>([
    ['n1', { dnsNames: ['n1'], ipAddresses: ['10.0.0.1', 'fd00:0:0::1'] }, undefined],
    ['n1', { ipAddresses: ['10.0.0.1'] }, undefined],
    ['n1', {}, 'DNS or IP subjectAltName is required'],
    ['n1', { dnsNames: ['n2'] }, 'n2 is not the name of the node'],
    ['n1', { ipAddresses: ['10.0.0.3'] }, '10.0.0.3 is not among the addresses of the node'],
    ['absent', { dnsNames: ['absent'] }, 'there is no node absent'],
    ['greedy', { ipAddresses: ['10.0.0.2'] }, '10.0.0.2 is an address of another node, too'],
    ['n2', { ipAddresses: ['10.0.0.2'] }, '10.0.0.2 is an address of another node, too'],
    ['greedy', { ipAddresses: ['10.96.0.1'] }, '10.96.0.1 is an address of another server'],
    ['greedy', { ipAddresses: ['10.0.0.9'] }, '10.0.0.9 is an address of another server'],
    ['greedy', { ipAddresses: ['127.0.0.1'] }, '127.0.0.1 is an address of every machine'],
    ['kubernetes.default.svc', { dnsNames: ['kubernetes.default.svc'] }, 'is a name of another server'],
    ['api.example', { dnsNames: ['api.example'] }, 'api.example is a name of another server'],
  ])('for %s with %j is %s', (name, change, problem) => {
    if (problem) expect(judge(name, change)).toContain(problem);
    else expect(judge(name, change)).toBeUndefined();
  });

  it('is that somebody else asks', () => {
    const own = { dnsNames: ['n1'], ipAddresses: ['10.0.0.1'] };
    const problem = 'it is not requested by the node itself';
    expect(judge('n1', own, { username: 'system:node:n2' })).toBe(problem);
    expect(judge('n1', own, { groups: ['system:authenticated'] })).toBe(problem);
    expect(judge('n1', own, { usages: ['client auth'] })).toContain('usages did not match');
  });
});
