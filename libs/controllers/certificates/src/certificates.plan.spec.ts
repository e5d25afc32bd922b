import type { CertificateSigningRequest } from '@nestor/api';
import { isStale } from './cleaning.plan';
import { builtInSigners, validity, validSeconds } from './signers';

const certificate = {
  commonName: 'system:node:n1',
  organizations: ['system:nodes'],
  dnsNames: [],
  ipAddresses: [],
  emailAddresses: [],
  uris: [],
};
const client = ['digital signature', 'client auth'];
const serving = ['digital signature', 'key encipherment', 'server auth'];

describe('signers', () => {
  const judge = (signer: string, change: object, usages: string[]): string | undefined =>
    builtInSigners.get(`kubernetes.io/${signer}`)?.({ certificate: { ...certificate, ...change }, usages });
  it.each<[string, object, string[], string | undefined]>([
    ['kube-apiserver-client-kubelet', {}, client, undefined],
    ['kube-apiserver-client-kubelet', { organizations: [] }, client, 'subject organization is not system:nodes'],
    ['kube-apiserver-client-kubelet', { dnsNames: ['x'] }, client, 'DNS subjectAltNames are not allowed'],
    [
      'kube-apiserver-client-kubelet',
      {},
      serving,
      'usages did not match [client auth digital signature key encipherment]',
    ],
    ['kubelet-serving', { ipAddresses: ['10.0.0.1'] }, serving, undefined],
    ['kubelet-serving', {}, serving, 'DNS or IP subjectAltName is required'],
    ['kubelet-serving', { commonName: 'x' }, serving, 'DNS or IP subjectAltName is required'],
    [
      'kubelet-serving',
      { commonName: 'x', dnsNames: ['x'] },
      serving,
      'subject common name does not begin with system:node:',
    ],
    ['kube-apiserver-client', { commonName: 'joe' }, client, undefined],
    ['kube-apiserver-client', {}, serving, 'invalid usage for client certificate: server auth'],
    ['kube-apiserver-client', {}, ['key encipherment'], 'missing required usage for client certificate: client auth'],
    ['legacy-unknown', {}, ['any'], undefined],
  ])('%s judges %j for %j', (signer, change, usages, problem) => expect(judge(signer, change, usages)).toBe(problem));

  it.each([
    [undefined, 5000],
    [600, 600],
    [10, 600],
    [9000, 5000],
  ])('give %s seconds as %s', (asked, given) => expect(validSeconds(asked, 5000)).toBe(given));
});

describe('validity', () => {
  const now = Date.parse('2026-01-02T00:00:00Z');
  it.each([
    [600, '2026-01-02T00:10:00.000Z'],
    [8 * 3600, '2026-01-02T07:55:00.000Z'],
  ])('of %s seconds ends at %s', (seconds, end) => {
    const { notBefore, notAfter } = validity(seconds, now);
    expect(notBefore.toISOString()).toBe('2026-01-01T23:55:00.000Z');
    expect(notAfter.toISOString()).toBe(end);
  });
});

describe('isStale', () => {
  const now = Date.parse('2026-01-02T00:00:00Z');
  const request = (created: string, type?: string, at?: string): CertificateSigningRequest =>
    ({
      metadata: { name: 'r', creationTimestamp: created },
      status: type ? { conditions: [{ type, status: 'True', lastUpdateTime: at }] } : {},
    }) as unknown as CertificateSigningRequest;
  it.each<[string, CertificateSigningRequest, boolean]>([
    ['undecided for an hour', request('2026-01-01T23:00:00Z'), false],
    ['undecided for a day', request('2025-12-31T00:00:00Z'), true],
    ['approved just now', request('2025-12-31T00:00:00Z', 'Approved', '2026-01-01T23:30:00Z'), false],
    ['denied long ago', request('2026-01-01T20:00:00Z', 'Denied', '2026-01-01T20:30:00Z'), true],
  ])('%s', (_, given, stale) => expect(isStale(given, now)).toBe(stale));
});
