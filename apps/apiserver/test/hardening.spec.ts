import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { connect as connectTcp, type AddressInfo, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { readFileSync } from 'node:fs';
import { ApiClient, eventually, startApiServer, type TestApiServer } from '@nestor/testing';

const pods = '/api/v1/namespaces/default/pods';

describe('an API server among enemies', () => {
  let server: TestApiServer;
  let admin: ApiClient;
  let port: number;

  beforeAll(async () => {
    server = await startApiServer({
      args: ['--max-connections=1500', '--tls-cipher-suites=TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384'],
    });
    admin = await ApiClient.of(server);
    port = Number(new URL(server.url).port);
    await admin.post('/api/v1/namespaces/default/serviceaccounts', { metadata: { name: 'default' } });
  }, 120_000);
  afterAll(async () => {
    admin?.close();
    await server?.stop();
  });

  const handshake = (options: ConnectionOptions): Promise<TLSSocket> =>
    new Promise((resolve, reject) => {
      const socket = connectTls({ port, host: '127.0.0.1', ca: readFileSync(server.caFile), ...options }, () =>
        resolve(socket),
      );
      socket.once('error', reject);
    });
  const raw = async (text: string): Promise<string> => {
    const socket = await handshake({});
    socket.write(text);
    let answer = '';
    for await (const part of socket.setEncoding('utf8')) answer += part as string;
    return answer;
  };

  it('speaks no TLS older than 1.2, and only the suites it was given', async () => {
    await expect(
      handshake({ minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL@SECLEVEL=0' }),
    ).rejects.toThrow();
    const tls12 = { maxVersion: 'TLSv1.2' } as const;
    await expect(handshake({ ...tls12, ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256' })).rejects.toThrow(/handshake/);
    const socket = await handshake({ ...tls12, ciphers: 'ECDHE-ECDSA-AES256-GCM-SHA384' });
    expect(socket.getProtocol()).toBe('TLSv1.2');
    socket.destroy();
  });

  it('refuses plain HTTP, headers without an end, and bodies that are too large', async () => {
    const plain = await new Promise<string>((resolve) => {
      const socket = connectTcp(port, '127.0.0.1', () => socket.write('GET /livez HTTP/1.1\r\nHost: a\r\n\r\n'));
      let text = '';
      socket.on('data', (part) => (text += part.toString('latin1')));
      socket.on('close', () => resolve(text));
      socket.on('error', () => undefined);
    });
    expect(plain).not.toContain('200');
    const headers = await raw(`GET /livez HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(70_000)}\r\n\r\n`);
    expect(headers).toMatch(/^HTTP\/1\.1 431 /);
    const large = await admin.post(pods, { metadata: { name: 'x', annotations: { a: 'x'.repeat(3 << 20) } } });
    expect(large.body).toMatchObject({ code: 413, reason: 'RequestEntityTooLarge' });
  });

  it('tells nothing of its inside, whatever it is asked', async () => {
    const strange = ['/api/v1/namespaces/%/pods', '/api/v1/pods?limit=x', '/api/v1/pods?fieldSelector=%00', '/%c0%ae/'];
    const bodies = [
      '{',
      'null',
      '[]',
      '{"metadata":1}',
      '{"__proto__":{"a":1}}',
      '\u0000',
      '{"spec":{"containers":{}}}',
      '{"metadata":{"name":"x"}}',
      '{"metadata":{"name":"x"},"constructor":{"prototype":1}}',
    ];
    const answers = [
      ...(await Promise.all(strange.map((path) => admin.get(path)))),
      ...(await Promise.all(
        bodies.map((body) => admin.send('POST', pods, body, { 'content-type': 'application/json' })),
      )),
      ...(await Promise.all(
        bodies.map((body) => admin.send('PATCH', `${pods}/x`, body, { 'content-type': 'application/json-patch+json' })),
      )),
    ];
    for (const { code, text } of answers) {
      expect(text).not.toMatch(/\bat .*(node:|\.[jt]s:\d)|dist\/|node_modules/);
      expect({ text, failed: code >= 500 }).toEqual({ text, failed: false });
    }
  });

  it('answers while thousands of connections idle, closes those beyond the limit, and has room again afterwards', async () => {
    const idle: Socket[] = [];
    const crowd = (count: number) =>
      Promise.all(
        Array.from({ length: count }, () => {
          const socket = connectTcp(port, '127.0.0.1');
          idle.push(socket);
          socket.on('error', () => undefined);
          return new Promise((resolve) => socket.once('connect', resolve).once('close', resolve));
        }),
      );
    await crowd(2000);
    // The connection that was there before goes on.
    expect((await admin.get('/livez')).code).toBe(200);
    // Idle ones are closed in time as well, and leave room that others have to take.
    await eventually(async () => {
      await crowd(200);
      await expect(handshake({})).rejects.toThrow();
    });
    for (const socket of idle) socket.destroy();
    (await eventually(() => handshake({}))).destroy();
  });

  describe('asked to reach others', () => {
    let backend: Server;
    let behind: number;
    let asked: string[];
    beforeAll(async () => {
      asked = [];
      backend = createServer((request, response) => {
        asked.push(request.url ?? '');
        response.end('secret');
      });
      await new Promise<void>((resolve) => backend.listen(0, '127.0.0.1', resolve));
      behind = (backend.address() as AddressInfo).port;
      const pod = { metadata: { name: 'web' }, spec: { nodeName: 'n1', containers: [{ name: 'c', image: 'x' }] } };
      expect((await admin.post(pods, pod)).code).toBe(201);
    });
    afterAll(() => backend?.close());

    const place = (podIP: string) =>
      admin.patch(`${pods}/web/status`, 'merge', { status: { phase: 'Running', podIP, podIPs: [{ ip: podIP }] } });
    const notAllowed = { code: 400, reason: 'BadRequest', message: 'address not allowed' };

    it('reaches neither itself nor what is beside it by a pod', async () => {
      for (const ip of ['127.0.0.1', '169.254.169.254', '::1', '0.0.0.0', 'fe80::1', '::ffff:127.0.0.1', '224.0.0.1']) {
        const placed = await place(ip);
        if (placed.code !== 200) expect(placed.code).toBe(422);
        else expect((await admin.get(`${pods}/web:${behind}/proxy/`)).body).toMatchObject(notAllowed);
      }
      expect(asked).toEqual([]);
    });

    it('nor by a node, under its address or under a name that leads home', async () => {
      for (const address of ['127.0.0.1', '169.254.169.254', 'localhost']) {
        const name = `n-${address}`;
        const status = { addresses: [{ type: 'InternalIP', address }] };
        expect((await admin.post('/api/v1/nodes', { metadata: { name }, status })).code).toBe(201);
        expect((await admin.get(`/api/v1/nodes/${name}:${behind}/proxy/`)).body).toMatchObject(notAllowed);
        expect((await admin.get(`/api/v1/nodes/http:${name}:${behind}/proxy/`)).body).toMatchObject(notAllowed);
        expect((await admin.get(`/api/v1/nodes/${name}/proxy/`)).body).toMatchObject(notAllowed);
      }
      expect(asked).toEqual([]);
    });

    it('nor by a node over a connection that is there for the logs of its pods', async () => {
      const { certificateFile, keyFile } = await server.pki.server('kubelet-home', ['localhost']);
      const answer: RequestListener = ({ url }, response) => void response.end(url);
      const kubelet = createHttpsServer({ cert: readFileSync(certificateFile), key: readFileSync(keyFile) }, answer);
      await new Promise<void>((resolve) => kubelet.listen(0, '127.0.0.1', resolve));
      const status = {
        addresses: [{ type: 'Hostname', address: 'localhost' }],
        daemonEndpoints: { kubeletEndpoint: { Port: (kubelet.address() as AddressInfo).port } },
      };
      await admin.post('/api/v1/nodes', { metadata: { name: 'n1' }, status });
      expect((await admin.get(`${pods}/web/log`)).text).toContain('/containerLogs/default/web/c');
      expect((await admin.get('/api/v1/nodes/n1/proxy/configz')).body).toMatchObject(notAllowed);
      kubelet.closeAllConnections();
      kubelet.close();
    });

    it('takes no target that is none', async () => {
      for (const target of ['ftp:web:80', 'a:b:c:d', ':80', 'http::80']) {
        const message = `invalid pod request ${JSON.stringify(target)}`;
        expect((await admin.get(`${pods}/${target}/proxy/`)).body).toMatchObject({ code: 400, message });
      }
    });
  });
});
