import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { HttpTransport } from './http-transport';

/** A server that answers nothing, half an answer, or all of it. */
describe('HttpTransport', () => {
  let server: Server;
  let transport: HttpTransport;
  beforeAll(async () => {
    server = createServer((request, response) => {
      if (request.url === '/never') return;
      response.writeHead(200, { 'content-type': 'application/json' });
      if (request.url === '/half') response.write('{"half":');
      else response.end('{}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    transport = new HttpTransport({
      connection: { server: `http://127.0.0.1:${port}`, namespace: 'default' },
      userAgent: 'test',
    });
  });
  afterAll(() => {
    transport.close();
    server.closeAllConnections();
    server.close();
  });

  const get = (path: string, more: object = {}) => transport.request({ method: 'GET', path, timeoutMs: 200, ...more });

  it('gives up on a request that is not answered in time', async () => {
    await expect(get('/never')).rejects.toMatchObject({ code: 503, message: expect.stringContaining('in time') });
  });
  it('gives up on an answer that does not end in time', async () => {
    await expect(get('/half')).rejects.toMatchObject({ code: 503, message: expect.stringContaining('in time') });
  });
  it('ends with the signal', async () => {
    const abort = new AbortController();
    setTimeout(() => abort.abort(), 20);
    await expect(get('/never', { signal: abort.signal, timeoutMs: 60_000 })).rejects.toMatchObject({
      name: 'AbortError',
    });
  });
  it('reads what comes in time', async () => {
    expect((await get('/', { timeoutMs: 60_000 })).body.toString()).toBe('{}');
  });
});
