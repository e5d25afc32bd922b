import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect, type ClientHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { ApiClient, eventually, startApiServer, type TestApiServer } from '@nestor/testing';
import { Http2Client } from './http2-client';

const maps = '/api/v1/namespaces/default/configmaps';

/** As client-go does it: one connection for everything. */
describe('HTTP/2', () => {
  let server: TestApiServer;
  let client: Http2Client;
  beforeAll(async () => {
    server = await startApiServer({ args: ['--allow-loopback-proxies'] });
    client = await Http2Client.of(server);
  });
  afterAll(async () => {
    client?.close();
    await server?.stop();
  });

  const send = (...request: Parameters<Http2Client['send']>) => client.send(...request);
  const map = (name: string, value = 'x') => ({ metadata: { name }, data: { value } });

  it('lets an administrator act as another, with groups', async () => {
    const headers = { 'impersonate-user': 'joe', 'impersonate-group': 'ops' };
    const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
    const { code, body } = await send('POST', path, { spec: {} }, headers);
    expect(code).toBe(201);
    expect(body).toMatchObject({
      status: { userInfo: { username: 'joe', groups: ['ops', 'system:authenticated'] } },
    });
  });

  it('is what a client gets that offers both', () => {
    expect(client.session.alpnProtocol ?? 'h2').toBe('h2');
  });

  it('passes requests on to servers of HTTP/1.1', async () => {
    const backend = createServer((request, response) => {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ url: request.url, names: Object.keys(request.headers) }));
    });
    await new Promise<void>((resolve) => backend.listen(0, '127.0.0.1', resolve));
    const { port } = backend.address() as AddressInfo;
    const account = { metadata: { name: 'default' } };
    await send('POST', '/api/v1/namespaces/default/serviceaccounts', account);
    const pod = { metadata: { name: 'web' }, spec: { nodeName: 'n1', containers: [{ name: 'c', image: 'x' }] } };
    expect((await send('POST', '/api/v1/namespaces/default/pods', pod)).code).toBe(201);
    const running = { status: { phase: 'Running', podIP: '127.0.0.1', podIPs: [{ ip: '127.0.0.1' }] } };
    const merge = { 'content-type': 'application/merge-patch+json' };
    await send('PATCH', '/api/v1/namespaces/default/pods/web/status', running, merge);
    const proxied = await send('GET', `/api/v1/namespaces/default/pods/web:${port}/proxy/hello?a=b`);
    expect(proxied).toMatchObject({ code: 200, body: { url: '/hello?a=b' } });
    expect((proxied.body['names'] as string[]).filter((name) => name.startsWith(':'))).toEqual([]);
    backend.close();
    const status = {
      addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
      daemonEndpoints: { kubeletEndpoint: { Port: 1 } },
    };
    await send('POST', '/api/v1/nodes', { metadata: { name: 'n1' }, status });
    expect(await send('GET', '/api/v1/nodes/n1/proxy/healthz')).toMatchObject({
      code: 503,
      body: { message: expect.stringContaining('error dialing backend') },
    });
  });

  it('serves reads, writes and errors, many at a time', async () => {
    const created = await Promise.all(Array.from({ length: 50 }, (_, n) => send('POST', maps, map(`m-${n}`))));
    expect(created.map(({ code }) => code)).toEqual(created.map(() => 201));
    const { body } = await send('GET', maps);
    expect(body['items']).toHaveLength(50);
    expect((await send('GET', `${maps}/m-7`)).body['data']).toEqual({ value: 'x' });
    expect(await send('POST', maps, map('m-7'))).toMatchObject({ code: 409, body: { reason: 'AlreadyExists' } });
    expect(await send('GET', `${maps}/none`)).toMatchObject({ code: 404, body: { reason: 'NotFound' } });
    const stranger = connect(server.url, { ca: readFileSync(server.caFile) });
    const refused = stranger.request({ ':path': maps });
    const status = await new Promise((resolve) => refused.once('response', (headers) => resolve(headers[':status'])));
    stranger.destroy();
    expect(status).toBe(403);
  });

  it('refuses a body over 3 MiB', async () => {
    const big = await send('POST', maps, map('big', 'x'.repeat(3 * 1024 * 1024)));
    expect(big).toMatchObject({ code: 413, body: { reason: 'RequestEntityTooLarge' } });
  });

  it('takes answers and bodies of the same size as HTTP/1.1 does', async () => {
    const value = 'y'.repeat(900_000);
    await Promise.all([1, 2, 3].map((n) => send('POST', maps, map(`large-${n}`, value))));
    const lists = await Promise.all(Array.from({ length: 8 }, () => send('GET', maps)));
    for (const { body } of lists) expect(body['items']).toHaveLength(53);
    const over1 = await ApiClient.of(server);
    expect((await over1.get(maps)).body['items']).toHaveLength(53);
  });

  it('streams watches beside other requests, and ends them when the server stops', async () => {
    const watch = client.open('GET', `${maps}?watch=1&resourceVersion=0`);
    const seen: string[] = [];
    void collect(watch, seen);
    await eventually(() => expect(seen).toHaveLength(53));
    await send('POST', maps, map('late'));
    await eventually(() => expect(seen).toContain('ADDED late'));
    const ended = new Promise((resolve) => watch.once('close', resolve));
    await server.stop();
    await ended;
  });
});

async function collect(stream: ClientHttp2Stream, seen: string[]): Promise<void> {
  let rest = '';
  for await (const part of stream.setEncoding('utf8')) {
    const lines = (rest + (part as string)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const event = JSON.parse(line) as { type: string; object: { metadata: { name: string } } };
      seen.push(`${event.type} ${event.object.metadata.name}`);
    }
  }
}
