import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createAuthority, issueCertificate } from '@nestor/pki';
import { HttpTransport } from './http-transport';

/** Dialled at 127.0.0.1, while its certificate is for another address and another name. */
describe('the name that a server is to prove', () => {
  let server: Server;
  let url: string;
  let ca: string;
  const sent: (string | false | null | undefined)[] = [];

  beforeAll(async () => {
    const authority = await createAuthority('ca');
    ca = authority.certificatePem;
    const names = ['10.0.0.9', 'api.example.com'];
    const issued = await issueCertificate(authority, { commonName: 'server', names, usage: 'server' });
    server = createServer({ cert: issued.certificatePem, key: issued.keyPem }, (_request, response) => {
      response.end('{}');
    });
    server.on('secureConnection', ({ servername }) => sent.push(servername));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server?.closeAllConnections();
    server?.close();
  });

  async function ask(serverName?: string): Promise<unknown> {
    const transport = new HttpTransport({
      connection: { server: url, ca, serverName, namespace: 'default' },
      userAgent: 'test',
    });
    try {
      return (await transport.request({ method: 'GET', path: '/' })).code;
    } finally {
      transport.close();
    }
  }

  it('is an address, which is not sent', async () => {
    sent.length = 0;
    expect(await ask('10.0.0.9')).toBe(200);
    expect(sent).toEqual([false]);
  });

  it('is a name, which is', async () => {
    sent.length = 0;
    expect(await ask('api.example.com')).toBe(200);
    expect(sent).toEqual(['api.example.com']);
  });

  it.each(['10.0.0.8', 'other.example.com', undefined])('is not %s', async (name) => {
    await expect(ask(name)).rejects.toMatchObject({ message: expect.stringContaining('altnames') });
  });
});
