import { createPublicKey, sign, verify, createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, createServer, type TLSSocket } from 'node:tls';
import type { AddressInfo } from 'node:net';
import { createClusterPki, type ClusterPki } from './cluster-pki';
import { clusterIdentities, nodeIdentity } from './identities';

describe('ClusterPki', () => {
  let directory: string;
  let pki: ClusterPki;
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'nestor-pki-'));
    pki = await createClusterPki({ directory, serverNames: ['api.example', '10.1.2.3'] });
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  const read = (file: string) => readFileSync(file, 'utf8');

  it('signs every certificate with its own authority, and keeps keys to their owner', async () => {
    const ca = new X509Certificate(read(pki.caFile));
    expect(ca.ca).toBe(true);
    for (const name of ['apiserver', 'nats', 'admin', 'scheduler', 'kube-proxy']) {
      const certificate = new X509Certificate(read(join(directory, `${name}.crt`)));
      expect(certificate.verify(ca.publicKey)).toBe(true);
      expect(certificate.checkPrivateKey(createPrivateKey(read(join(directory, `${name}.key`))))).toBe(true);
      expect(statSync(join(directory, `${name}.key`)).mode & 0o077).toBe(0);
    }
  });

  it('puts user and groups where Kubernetes reads them', async () => {
    const subject = async (files: Promise<{ certificateFile: string }>) =>
      new X509Certificate(read((await files).certificateFile)).subject;
    expect(await subject(pki.client(clusterIdentities.admin))).toBe('O=system:masters\nCN=kubernetes-admin');
    expect(await subject(pki.client(nodeIdentity('n1')))).toBe('O=system:nodes\nCN=system:node:n1');
    expect(await subject(pki.client(clusterIdentities.scheduler))).toBe('CN=system:kube-scheduler');
  });

  it('issues once, and anew only when a server gets another name', async () => {
    const files = ['ca.crt', 'sa.key', 'apiserver.crt', 'admin.crt'].map((name) => join(directory, name));
    const before = files.map(read);
    await createClusterPki({ directory, serverNames: ['api.example'] });
    expect(files.map(read)).toEqual(before);
    await createClusterPki({ directory, serverNames: ['other.example'] });
    expect(read(join(directory, 'apiserver.crt'))).not.toBe(before[2]);
    expect(read(join(directory, 'ca.crt'))).toBe(before[0]);
  });

  it('issues a client anew whose groups have changed, where it can', async () => {
    const identity = { file: 'changing', commonName: 'changing', organizations: ['system:masters'] };
    await pki.client(identity);
    const { certificateFile } = await pki.client({ ...identity, organizations: [] });
    const changed = read(certificateFile);
    expect(new X509Certificate(changed).subject).toBe('CN=changing');
    renameSync(pki.caKeyFile, `${pki.caKeyFile}.away`);
    await pki.client(identity);
    expect(read(certificateFile)).toBe(changed);
    renameSync(`${pki.caKeyFile}.away`, pki.caKeyFile);
  });

  it('serves mutual TLS to those it issued and to nobody else', async () => {
    const { client, server } = await pki.kubelet('n1', ['127.0.0.1']);
    const listener = createServer({
      cert: read(server.certificateFile),
      key: read(server.keyFile),
      ca: read(pki.caFile),
      requestCert: true,
      rejectUnauthorized: true,
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => listener.once('listening', resolve));
    listener.on('tlsClientError', () => undefined);
    listener.on('secureConnection', (socket) => {
      socket.on('error', () => undefined).end(`hello ${socket.getPeerCertificate().subject.CN}`);
    });
    const { port } = listener.address() as AddressInfo;
    const dial = (options: object) =>
      new Promise<string>((resolve, reject) => {
        let text = '';
        const socket: TLSSocket = connect({ host: '127.0.0.1', port, ca: read(pki.caFile), ...options });
        socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
        socket.on('error', reject).on('end', () => resolve(text));
      });
    const credentials = { cert: read(client.certificateFile), key: read(client.keyFile) };
    const other = mkdtempSync(join(tmpdir(), 'nestor-pki-other-'));
    try {
      expect(await dial(credentials)).toBe('hello system:node:n1');
      expect(await dial({}).catch(() => 'refused')).not.toContain('hello');
      const stranger = await (await createClusterPki({ directory: other })).client(nodeIdentity('n1'));
      const strange = { cert: read(stranger.certificateFile), key: read(stranger.keyFile) };
      expect(await dial(strange).catch(() => 'refused')).not.toContain('hello');
    } finally {
      rmSync(other, { recursive: true, force: true });
      listener.close();
    }
  });

  it('makes a service account key pair that signs and verifies', () => {
    const signature = sign('sha256', Buffer.from('token'), createPrivateKey(read(pki.serviceAccountKeyFile)));
    const key = createPublicKey(read(pki.serviceAccountPublicKeyFile));
    expect(key.asymmetricKeyDetails?.namedCurve).toBe('prime256v1');
    expect(verify('sha256', Buffer.from('token'), key, signature)).toBe(true);
  });

  it('writes a kubeconfig with the identity inside', async () => {
    const { parse } = require('yaml') as typeof import('yaml');
    const config = parse(await pki.kubeconfig(clusterIdentities.admin, 'https://127.0.0.1:6443'));
    expect(config['current-context']).toBe('kubernetes-admin@nestor');
    expect(config.clusters[0].cluster.server).toBe('https://127.0.0.1:6443');
    const certificate = Buffer.from(config.users[0].user['client-certificate-data'], 'base64').toString();
    expect(new X509Certificate(certificate).subject).toContain('CN=kubernetes-admin');
  });
});
