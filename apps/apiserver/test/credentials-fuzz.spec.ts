import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { connect } from 'node:tls';
import fc from 'fast-check';
import {
  ApiClient,
  signedPartOf,
  startApiServer,
  testCertificate,
  type TestApiServer,
  type TestCertificate,
} from '@nestor/testing';
import { serviceAccount } from './objects';

const whoami = '/apis/authentication.k8s.io/v1/selfsubjectreviews';

/** Credentials that are nearly good, over real connections. */
describe('an API server that is shown anything', () => {
  let server: TestApiServer;
  let admin: ApiClient;
  let ca: string;
  let token: string;

  beforeAll(async () => {
    server = await startApiServer();
    admin = await ApiClient.of(server);
    ca = readFileSync(server.caFile, 'utf8');
    await admin.post('/api/v1/namespaces/default/serviceaccounts', serviceAccount('fuzz'));
    const issued = await admin.post('/api/v1/namespaces/default/serviceaccounts/fuzz/token', { spec: {} });
    token = issued.body['status'].token as string;
  }, 120_000);
  afterAll(async () => {
    // It has taken no harm.
    expect((await admin.get('/readyz')).code).toBe(200);
    admin?.close();
    await server?.stop();
  });

  const userOf = async (shown: string): Promise<unknown> => {
    const client = ApiClient.withToken(server, shown);
    const { code, body } = await client.post(whoami, {});
    client.close();
    return code === 201 ? (body['status'].userInfo.username as string) : code;
  };

  it('knows nobody by a token that is nearly good', async () => {
    expect(await userOf(token)).toBe('system:serviceaccount:default:fuzz');
    const edit = fc.record({
      at: fc.nat({ max: token.length - 1 }),
      length: fc.nat({ max: 2 }),
      // What may stand in a header.
      text: fc.stringMatching(/^[!-~]{0,3}$/),
    });
    await fc.assert(
      fc.asyncProperty(edit, async ({ at, length, text }) => {
        const shown = `${token.slice(0, at)}${text}${token.slice(at + length)}`;
        if (shown === token) return;
        // A signature that is written in another way signs the same.
        const known = shown.split('.', 2).join('.') === token.split('.', 2).join('.');
        const user = await userOf(shown);
        if (user !== 401) expect([known, user]).toEqual([true, 'system:serviceaccount:default:fuzz']);
      }),
      { numRuns: 200 },
    );
  });

  it('knows nobody by texts of any sort', async () => {
    const words = fc.oneof(
      fc.stringMatching(/^[!-~]{1,60}$/),
      fc.array(fc.base64String(), { minLength: 3, maxLength: 3 }).map((parts) => parts.join('.')),
    );
    await fc.assert(
      fc.asyncProperty(words, async (shown) => expect(await userOf(shown)).toBe(401)),
      { numRuns: 100 },
    );
    // As long as headers may be, and longer.
    expect(await userOf('a'.repeat(12_000))).toBe(401);
    expect(await userOf(`${'a'.repeat(4000)}.${'b'.repeat(4000)}.${'c'.repeat(4000)}`)).toBe(401);
  });

  it('knows nobody by a certificate that is nearly good', async () => {
    const read = (name: string): string => readFileSync(join(server.pki.directory, name), 'utf8');
    const issuer: TestCertificate = { certificatePem: read('ca.crt'), keyPem: read('ca.key') };
    const jane = await testCertificate({
      issuer,
      subject: [{ O: ['system:masters'] }, { CN: ['jane'] }],
      usages: ['client'],
    });
    const der = Buffer.from(jane.certificatePem.replace(/-----[^-]+-----|\s/g, ''), 'base64');
    const pem = (bytes: Buffer): string =>
      `-----BEGIN CERTIFICATE-----\n${bytes.toString('base64')}\n-----END CERTIFICATE-----\n`;
    const whose = async (cert: string): Promise<unknown> =>
      new Promise((resolve) => {
        // What this end refuses to show is not shown, and a handshake may be refused as well.
        try {
          const options = { method: 'POST', agent: false, ca, cert, key: jane.keyPem } as const;
          const sent = request(
            `${server.url}${whoami}`,
            { ...options, headers: { 'content-type': 'application/json' } },
            (response) => {
              let text = '';
              response.on('data', (part: Buffer) => (text += part.toString()));
              response.on('end', () => {
                if (response.statusCode !== 201) return resolve(response.statusCode);
                resolve((JSON.parse(text) as { status: { userInfo: { username: string } } }).status.userInfo.username);
              });
            },
          );
          sent.on('error', () => resolve('refused')).end('{}');
        } catch {
          resolve('not shown');
        }
      });
    expect(await whose(jane.certificatePem)).toBe('jane');
    const timeless = Buffer.from(der);
    // The second UTCTime of 13 letters is when it ends.
    const utcTime = Buffer.from([0x17, 0x0d]);
    timeless[der.indexOf(utcTime, der.indexOf(utcTime) + 15) + 2] = 0;
    expect(await whose(pem(timeless))).toBe(401);
    const signed = der.indexOf(signedPartOf(der)) + signedPartOf(der).length;
    let seen = 0;
    const flips = fc.array(fc.tuple(fc.nat({ max: der.length - 1 }), fc.nat({ max: 255 })), {
      minLength: 1,
      maxLength: 3,
    });
    await fc.assert(
      fc.asyncProperty(flips, async (changes) => {
        const bytes = Buffer.from(der);
        for (const [at, value] of changes) bytes[at] = value;
        if (bytes.equals(der)) return;
        const user = await whose(pem(bytes));
        if (user === 401) seen++;
        const isSame = bytes.subarray(0, signed).equals(der.subarray(0, signed));
        expect(isSame ? ['jane', 401, 'refused', 'not shown'] : [401, 'refused', 'not shown']).toContain(user);
      }),
      { numRuns: 300 },
    );
    expect(seen).toBeGreaterThan(20);
  });

  it('ends connections that do not even speak HTTP, and goes on', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 300 }), async (bytes) => {
        const socket = connect({ port: server.port, host: '127.0.0.1', ca, ALPNProtocols: ['http/1.1'] });
        await new Promise<void>((resolve) => {
          socket.on('secureConnect', () => socket.end(Buffer.from(bytes)));
          socket.on('error', () => resolve()).on('close', () => resolve());
          socket.resume();
        });
      }),
      { numRuns: 50 },
    );
    expect((await admin.get('/livez')).code).toBe(200);
  });
});
