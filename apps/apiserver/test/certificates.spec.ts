import { X509Certificate } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import {
  ApiClient,
  eventually,
  startApiServer,
  testCertificate,
  type TestApiServer,
  type TestCertificate,
} from '@nestor/testing';

const reviews = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
const second = 1000;

describe('certificates', () => {
  let server: TestApiServer;
  let admin: ApiClient;
  let authority: TestCertificate;
  let servingCa: Buffer;

  beforeAll(async () => {
    server = await startApiServer();
    admin = await ApiClient.of(server);
    servingCa = readFileSync(server.caFile);
    const read = (name: string): string => readFileSync(join(server.pki.directory, name), 'utf8');
    authority = { certificatePem: read('ca.crt'), keyPem: read('ca.key') };
  }, 120_000);
  afterAll(async () => {
    admin?.close();
    await server?.stop();
  });

  const holderOf = ({ keyPem: key, certificatePem: cert }: TestCertificate, ...chain: TestCertificate[]): ApiClient => {
    const whole = [cert, ...chain.map(({ certificatePem }) => certificatePem)].join('');
    return new ApiClient(server.url, new Agent({ ca: servingCa, cert: whole, key, keepAlive: true }));
  };
  const whoami = async (client: ApiClient): Promise<unknown> => {
    const { code, body } = await client.post(reviews, {});
    return code === 201 ? body['status'].userInfo : code;
  };

  it('name their user with the requests of a connection, until they end on it', async () => {
    const notAfter = new Date(Math.ceil(Date.now() / second) * second + 8 * second);
    const short = holderOf(
      await testCertificate({ issuer: authority, subject: 'brief', usages: ['client'], notAfter }),
    );
    expect(await whoami(short)).toMatchObject({
      username: 'brief',
      groups: ['system:authenticated'],
      extra: { 'authentication.kubernetes.io/credential-id': [expect.stringMatching(/^X509SHA256=[0-9a-f]{64}$/)] },
    });
    await eventually(async () => expect(await whoami(short)).toBe(401));
    expect((await short.get('/livez')).body).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: 'Unauthorized',
      reason: 'Unauthorized',
      code: 401,
    });
    short.close();
  });

  it('that are not to be believed refuse the request, though it could be anonymous', async () => {
    const stranger = await testCertificate({ subject: 'kubernetes-admin', usages: ['client'] });
    const ofServer = await testCertificate({ issuer: authority, subject: 'kubernetes-admin', usages: ['server'] });
    for (const certificate of [stranger, ofServer]) {
      const client = holderOf(certificate);
      expect((await client.get('/livez')).code).toBe(401);
      client.close();
    }
  });

  it('of an intermediate authority are known again in a resumed session', async () => {
    const middle = await testCertificate({ issuer: authority, subject: 'middle', isAuthority: true });
    const leaf = await testCertificate({ issuer: middle, subject: 'jane', usages: ['client'] });
    const answers: string[] = [];
    let session: Buffer | undefined;
    for (let round = 0; round < 2; round++) {
      const socket = connect({
        port: server.port,
        host: '127.0.0.1',
        ca: servingCa,
        cert: leaf.certificatePem + middle.certificatePem,
        key: leaf.keyPem,
        session,
      });
      socket.on('session', (given: Buffer) => (session = given));
      answers.push(await answerOn(socket));
      expect(socket.isSessionReused()).toBe(round === 1);
    }
    expect(answers).toEqual([expect.stringContaining('HTTP/1.1 200'), expect.stringContaining('HTTP/1.1 200')]);
  });

  it('are judged by new authorities as soon as their file has them, on connections that stand', async () => {
    const other = await testCertificate({ subject: 'other-ca', isAuthority: true });
    const client = holderOf(await testCertificate({ issuer: other, subject: 'newcomer', usages: ['client'] }));
    expect(await whoami(client)).toBe(401);
    writeFileSync(server.caFile, authority.certificatePem + other.certificatePem);
    await eventually(async () => expect(await whoami(client)).toMatchObject({ username: 'newcomer' }));
    expect(await whoami(admin)).toMatchObject({ username: 'kubernetes-admin' });
    const published = '/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication';
    await eventually(async () =>
      expect((await admin.get(published)).body['data']['client-ca-file']).toContain(other.certificatePem),
    );
    writeFileSync(server.caFile, authority.certificatePem);
    await eventually(async () => expect(await whoami(client)).toBe(401));
    client.close();
  });

  it('of the server are replaced while it runs, and bad ones are not taken', async () => {
    const files = {
      cert: join(server.pki.directory, 'apiserver.crt'),
      key: join(server.pki.directory, 'apiserver.key'),
    };
    const next = await testCertificate({
      issuer: authority,
      subject: 'renewed',
      names: ['127.0.0.1'],
      usages: ['server'],
    });
    writeFileSync(files.cert, next.certificatePem);
    await eventually(async () =>
      expect((await admin.get('/metrics')).text).toMatch(
        /nestor_apiserver_file_reloads_total\{option="tls-cert-file,tls-private-key-file",status="failure"\} 1/,
      ),
    );
    expect((await shown(server.port)).subject).not.toContain('renewed');
    writeFileSync(files.key, next.keyPem);
    await eventually(async () => expect((await shown(server.port)).subject).toContain('CN=renewed'));
    expect(await whoami(admin)).toMatchObject({ username: 'kubernetes-admin' });
    const again = await ApiClient.of(server);
    expect(await whoami(again)).toMatchObject({ username: 'kubernetes-admin' });
    again.close();
  });
});

function answerOn(socket: TLSSocket): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    socket.write('GET /api HTTP/1.1\r\nHost: nestor\r\nConnection: close\r\n\r\n');
    socket.on('data', (part: Buffer) => (text += part.toString()));
    socket.on('end', () => resolve(text));
    socket.on('error', reject);
  });
}

function shown(port: number): Promise<X509Certificate> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false }, () => {
      resolve(socket.getPeerX509Certificate()!);
      socket.destroy();
    });
    socket.on('error', reject);
  });
}
