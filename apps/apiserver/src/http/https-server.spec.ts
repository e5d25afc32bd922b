import { connect as connectHttp2 } from 'node:http2';
import { connect } from 'node:tls';
import { connect as connectTcp, type AddressInfo } from 'node:net';
import { tlsSettings } from '@nestor/config';
import { testCertificate, type TestCertificate } from '@nestor/testing';
import { HttpsServer } from './https-server';

const patience = { handshake: 1000, headers: 1000, request: 2000, idle: 5000, checks: 50 };

describe('a server with little patience', () => {
  let certificate: TestCertificate;
  let server: HttpsServer;
  let address: AddressInfo;
  beforeAll(async () => {
    certificate = await testCertificate({ subject: 'localhost', names: ['localhost', '127.0.0.1'] });
    const material = { cert: certificate.certificatePem, key: certificate.keyPem, ca: [] };
    const handlers = {
      // A watch: it answers at once and goes on for longer than any wait for a client.
      request: (_request: unknown, response: { write(text: string): void; end(): void }) => {
        response.write('begun ');
        setTimeout(() => (response.write('over'), response.end()), 4000);
      },
      upgrade: () => undefined,
    };
    server = new HttpsServer(material, handlers, { tls: tlsSettings('VersionTLS12'), maxConnections: 100, patience });
    address = await server.listen(0, '127.0.0.1');
  });
  afterAll(() => server.close(0));

  const over = (socket: NodeJS.ReadableStream): Promise<string> =>
    new Promise((resolve) => {
      let text = '';
      socket.on('data', (part: Buffer) => (text += part.toString()));
      socket.on('error', () => undefined);
      socket.on('close', () => resolve(text));
    });
  const tls = () => connect({ port: address.port, host: '127.0.0.1', rejectUnauthorized: false });

  it('ends a connection that never begins its handshake', async () => {
    expect(await over(connectTcp(address.port, '127.0.0.1'))).toBe('');
  });

  it('ends a request whose headers trickle in', async () => {
    const socket = tls();
    socket.write('GET / HTTP/1.1\r\nHost: a\r\n');
    const drip = setInterval(() => socket.write('X-A: b\r\n'), 20);
    expect(await over(socket)).toMatch(/^HTTP\/1\.1 408 /);
    clearInterval(drip);
  });

  it('tells a client what is wrong before it closes, however much it goes on to send', async () => {
    const errors: string[] = [];
    // The types of Node do not know yet that TLS has allowHalfOpen, too.
    const options = { port: address.port, host: '127.0.0.1', rejectUnauthorized: false, allowHalfOpen: true };
    const socket = connect(options);
    socket.on('error', ({ message }) => errors.push(message));
    socket.write(`GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(70_000)}`);
    // In many pieces, which come while the server has answered already.
    const drip = setInterval(() => socket.write('x'.repeat(16 * 1024)), 1);
    let text = '';
    await new Promise((resolve) => socket.on('data', (part: Buffer) => (text += part.toString())).once('end', resolve));
    clearInterval(drip);
    socket.end();
    expect(text).toMatch(/^HTTP\/1\.1 431 /);
    await over(socket);
    expect(errors).toEqual([]);
  });

  it('ends an upload over HTTP/2 that never ends', async () => {
    const session = connectHttp2(`https://127.0.0.1:${address.port}`, { rejectUnauthorized: false });
    const stream = session.request({ ':method': 'POST', ':path': '/' });
    stream.write('{');
    const text = await over(stream);
    session.destroy();
    expect(text).toBe('begun ');
  });

  it('lets an answer take its time', async () => {
    const session = connectHttp2(`https://127.0.0.1:${address.port}`, { rejectUnauthorized: false });
    expect(await over(session.request({ ':path': '/' }))).toBe('begun over');
    session.destroy();
    const socket = tls();
    socket.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    expect(await over(socket)).toMatch(/begun .*over/s);
  });
});
