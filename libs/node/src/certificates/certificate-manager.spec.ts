import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { notFound, type CertificateSigningRequest } from '@nestor/api';
import type { KubernetesClient } from '@nestor/client';
import { createAuthority, readRequest, signRequest, type Authority, type RequestTemplate } from '@nestor/pki';
import { eventually } from '@nestor/testing';
import { CertificateManager } from './certificate-manager';
import { CertificateStore } from './certificate-store';
import type { HeldCertificate } from './held-certificate';

type Request = CertificateSigningRequest;
type Answer = (asked: string) => Promise<Request['status']>;

/** Requests that are answered at once, as `answer` says. */
class FakeRequests {
  readonly seen: Request[] = [];
  constructor(public answer: Answer) {}

  get client(): KubernetesClient {
    const create = async (request: Request): Promise<Request> => {
      const name = `csr-${this.seen.length}`;
      const asked = Buffer.from(request.spec?.request ?? '', 'base64').toString();
      this.seen.push({ ...request, metadata: { name, uid: name }, status: await this.answer(asked) });
      return this.seen.at(-1)!;
    };
    const get = (name: string): Promise<Request> => {
      const found = this.seen.find(({ metadata }) => metadata.name === name);
      return found ? Promise.resolve(found) : Promise.reject(notFound({ group: '', resource: 'csr' }, name));
    };
    const watch = () => new Promise((resolve) => setTimeout(resolve, 5));
    return { resource: () => ({ create, get }), watch } as unknown as KubernetesClient;
  }
}

describe('CertificateManager', () => {
  let authority: Authority;
  let directory: string;
  let manager: CertificateManager | undefined;
  const rotations: [HeldCertificate, HeldCertificate | undefined][] = [];
  let failures = 0;
  let template: RequestTemplate | undefined;

  const approved = { type: 'Approved', status: 'True' } as const;
  const issue =
    (lifeMs: number): Answer =>
    async (asked) => {
      const notAfter = new Date(Date.now() + lifeMs);
      const signed = await signRequest(authority, asked, { usages: ['client auth'], notBefore: new Date(), notAfter });
      return { conditions: [approved], certificate: Buffer.from(signed).toString('base64') };
    };
  const hour = 3_600_000;

  beforeAll(async () => (authority = await createAuthority('ca')));
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'manager-'));
    rotations.length = failures = 0;
    template = { commonName: 'system:node:n1', organizations: ['system:nodes'] };
  });
  afterEach(async () => {
    await manager?.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  function start(answer: Answer): FakeRequests {
    const requests = new FakeRequests(answer);
    manager = new CertificateManager({
      name: 'test',
      signerName: 'kubernetes.io/kube-apiserver-client-kubelet',
      usages: ['digital signature', 'client auth'],
      template: () => template,
      store: new CertificateStore(directory, 'test'),
      client: () => requests.client,
      rotated: (...pair) => rotations.push(pair),
      failed: () => failures++,
      times: { lookMs: 5, retryMs: 5, longestRetryMs: 20 },
    });
    manager.start();
    return requests;
  }

  it('asks for a certificate where there is none, keeps it, and finds it again', async () => {
    const requests = start(issue(hour));
    await eventually(() => expect(rotations).toHaveLength(1));
    expect(requests.seen[0]?.spec).toMatchObject({
      signerName: 'kubernetes.io/kube-apiserver-client-kubelet',
      usages: ['digital signature', 'client auth'],
    });
    const { certificatePem } = rotations[0]![0];
    expect(new X509Certificate(certificatePem).subject).toBe('O=system:nodes\nCN=system:node:n1');
    await manager!.stop();

    const again = start(issue(hour));
    expect(manager!.current?.certificatePem).toBe(certificatePem);
    await manager!.stop();
    expect(again.seen).toEqual([]);
  });

  it('renews it before it ends, with another key, and tells which one it was', async () => {
    start(issue(8000));
    await eventually(() => expect(rotations.length).toBeGreaterThan(1));
    const [[first, none], [second, previous]] = rotations as [(typeof rotations)[0], (typeof rotations)[0]];
    expect(none).toBeUndefined();
    expect(previous).toEqual(first);
    expect(second.keyPem).not.toBe(first.keyPem);
    expect(second.notBefore).toBeLessThan(first.notAfter);
  });

  it('asks anew when what it is for changes', async () => {
    const requests = start(issue(hour));
    await eventually(() => expect(rotations).toHaveLength(1));
    template = { ...template!, ipAddresses: ['10.0.0.1'] };
    await eventually(() => expect(rotations).toHaveLength(2));
    const asked = Buffer.from(requests.seen[1]?.spec?.request ?? '', 'base64').toString();
    expect(readRequest(asked).ipAddresses).toEqual(['10.0.0.1']);
  });

  it('asks for nothing while it does not know what', async () => {
    const wanted = template;
    template = undefined;
    const requests = start(issue(hour));
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(requests.seen).toEqual([]);
    template = wanted;
    await eventually(() => expect(rotations).toHaveLength(1));
  });

  it('tries again after a refusal, and when nobody decided on what is no longer wanted', async () => {
    const denied = { type: 'Denied', status: 'True', reason: 'No', message: 'no' };
    const requests = start(() => Promise.resolve({ conditions: [denied] }));
    await eventually(() => expect(failures).toBeGreaterThan(1));
    requests.answer = () => Promise.resolve({});
    const before = requests.seen.length;
    await eventually(() => expect(requests.seen.length).toBeGreaterThan(before));
    requests.answer = issue(hour);
    template = { ...template!, ipAddresses: ['10.0.0.1'] };
    await eventually(() => expect(rotations).toHaveLength(1));
  });
});
