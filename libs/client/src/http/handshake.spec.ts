import { createServer, type Server } from 'node:https';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { createAuthority, issueCertificate } from '@nestor/pki';
import { eventually, startTcpProxy, type TcpProxy } from '@nestor/testing';
import { FencedError } from './fenced-error';
import { HttpTransport } from './http-transport';

/** A server of TLS behind a network that hangs while a handshake is under way. */
describe('a transport over TLS', () => {
  let server: Server;
  let proxy: TcpProxy;
  let ca: string;
  const seen: string[] = [];
  const transports: HttpTransport[] = [];
  const transportTo = (more: object = {}) => {
    const connection = { server: `https://127.0.0.1:${proxy.port}`, namespace: 'default', ca, ...more };
    const transport = new HttpTransport({ connection, userAgent: 'test' });
    transports.push(transport);
    return transport;
  };

  beforeAll(async () => {
    const authority = await createAuthority('ca');
    ca = authority.certificatePem;
    const identity = { commonName: 'server', names: ['127.0.0.1', 'api.example'], usage: 'server' } as const;
    const { certificatePem: cert, keyPem: key } = await issueCertificate(authority, identity);
    server = createServer({ cert, key }, (request, response) => {
      seen.push(`${request.method} ${request.url}`);
      response.end('{}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    proxy = await startTcpProxy({ port: (server.address() as AddressInfo).port });
  });
  afterEach(() => {
    seen.length = 0;
    transports.splice(0).forEach((transport) => transport.close());
  });
  afterAll(async () => {
    await proxy.stop();
    server.closeAllConnections();
    server.close();
  });

  const body = {};

  it('sends nothing for who lost the lead during the handshake, and keeps the connection', async () => {
    const transport = transportTo();
    proxy.blackHole();
    const permitted = jest.fn(() => true);
    const refused = transport.request({ method: 'POST', path: '/refused', body, permitted });
    await eventually(() => expect(permitted).toHaveBeenCalled());
    permitted.mockReturnValue(false);
    await Promise.all([proxy.heal(), expect(refused).rejects.toThrow(FencedError)]);
    await transport.request({ method: 'POST', path: '/next', body });
    expect(seen).toEqual(['POST /next']);
  });

  it('gives up a handshake that takes too long, and what it was for is never sent', async () => {
    const transport = transportTo();
    proxy.blackHole();
    const late = transport.request({ method: 'POST', path: '/late', body, timeoutMs: 1 });
    await expect(late).rejects.toMatchObject({
      code: 503,
      message: `POST 127.0.0.1:${proxy.port}: no answer in time`,
    });
    await proxy.heal();
    await transport.request({ method: 'POST', path: '/next', body });
    expect(seen).toEqual(['POST /next']);
  });

  it('ends the connection of a handshake that takes too long', async () => {
    const closed = jest.fn();
    const silent = createTcpServer((socket) =>
      socket
        .on('error', () => undefined)
        .on('close', closed)
        .resume(),
    );
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const transport = transportTo({ server: `https://127.0.0.1:${(silent.address() as AddressInfo).port}` });
    await expect(transport.request({ method: 'GET', path: '/', timeoutMs: 1 })).rejects.toMatchObject({ code: 503 });
    await eventually(() => expect(closed).toHaveBeenCalled());
    silent.close();
  });

  it('asks the server for the name that it was told', async () => {
    await transportTo({ serverName: 'api.example' }).request({ method: 'GET', path: '/' });
    const elsewhere = transportTo({ serverName: 'elsewhere.example' });
    const refused = { code: 503, message: expect.stringContaining('altnames') };
    await expect(elsewhere.request({ method: 'GET', path: '/' })).rejects.toMatchObject(refused);
    await expect(elsewhere.request({ method: 'POST', path: '/', body })).rejects.toMatchObject(refused);
    await transportTo({ serverName: 'elsewhere.example', insecure: true }).request({ method: 'GET', path: '/any' });
    expect(seen).toEqual(['GET /', 'GET /any']);
  });

  it('does not trust whom its authority does not know', async () => {
    const other = (await createAuthority('other')).certificatePem;
    const asked = transportTo({ ca: other }).request({ method: 'GET', path: '/' });
    await expect(asked).rejects.toMatchObject({ code: 503, message: expect.stringContaining('certificate') });
    expect(seen).toEqual([]);
  });
});
