import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuthority, issueCertificate, kubeconfigText, type Authority } from '@nestor/pki';
import { eventually } from '@nestor/testing';
import { readKubeconfig } from '@nestor/connection';
import { refs } from '../resources/refs';
import { HttpTransport } from './http-transport';
import { httpWatch } from './http-watch';

/** A server that answers with the name of its caller's certificate, and a client whose files are renewed meanwhile. */
describe('a client whose credentials are files', () => {
  const directory = mkdtempSync(join(tmpdir(), 'credentials-'));
  const file = (name: string) => join(directory, name);
  let authority: Authority;
  let server: Server;
  let transport: HttpTransport;
  let connections = 0;
  let hold: ((answer: () => void) => void) | undefined;

  const write = async (name: string): Promise<void> => {
    const { certificatePem, keyPem } = await issueCertificate(authority, { commonName: name, usage: 'client' });
    writeFileSync(file('client.key'), keyPem);
    writeFileSync(file('client.crt'), certificatePem);
  };

  beforeAll(async () => {
    authority = await createAuthority('ca');
    const names = ['127.0.0.1'];
    const { certificatePem: cert, keyPem: key } = await issueCertificate(authority, {
      commonName: 'server',
      names,
      usage: 'server',
    });
    const ca = authority.certificatePem;
    server = createServer({ cert, key, ca, requestCert: true }, (request, response) => {
      const { subject } = (request.socket as TLSSocket).getPeerCertificate();
      if (request.url?.includes('watch=true')) response.write('\n');
      else {
        const answer = () => void response.end(JSON.stringify({ caller: subject.CN, connections }));
        if (hold) hold(answer);
        else answer();
      }
    });
    server.on('secureConnection', () => connections++);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    await write('before');
    const { port } = server.address() as AddressInfo;
    const credentials = { certificateFile: 'client.crt', keyFile: 'client.key' };
    const settings = { server: `https://127.0.0.1:${port}`, caPem: ca, user: 'test', ...credentials };
    writeFileSync(file('kubeconfig'), kubeconfigText(settings));
    const connection = readKubeconfig(file('kubeconfig'));
    transport = new HttpTransport({ connection, userAgent: 'test', credentialsLookMs: 20 });
  });
  afterAll(() => {
    transport?.close();
    server?.closeAllConnections();
    server?.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const ask = async () => {
    const { body } = await transport.request({ method: 'GET', path: '/' });
    return JSON.parse(body.toString()) as { caller: string; connections: number };
  };

  it('shows new ones on new connections, ends what it watched, and keeps those that fit while others do not', async () => {
    expect(await ask()).toEqual({ caller: 'before', connections: 1 });
    expect(await ask()).toEqual({ caller: 'before', connections: 1 });
    const abort = new AbortController();
    const watching = httpWatch(transport, refs.pods, { signal: abort.signal }, () => undefined);

    const { keyPem } = await issueCertificate(authority, { commonName: 'half', usage: 'client' });
    writeFileSync(file('client.key'), keyPem);
    expect((await ask()).caller).toBe('before');
    await write('after');
    await eventually(async () => expect((await ask()).caller).toBe('after'));
    // Not by the signal, and without an error: the informer resumes from where it is.
    await watching;
    expect(abort.signal.aborted).toBe(false);
  });

  it('lets what is under way end with those it began with, and then its connections', async () => {
    await write('begun');
    await eventually(async () => expect((await ask()).caller).toBe('begun'));
    const held: (() => void)[] = [];
    hold = (answer) => held.push(answer);
    const underWay = [ask(), ask(), ask()];
    await eventually(() => expect(held).toHaveLength(3));
    hold = undefined;
    await write('renewed');
    await eventually(async () => expect((await ask()).caller).toBe('renewed'));
    held.forEach((answer) => answer());
    expect((await Promise.all(underWay)).map(({ caller }) => caller)).toEqual(['begun', 'begun', 'begun']);
    const callers = await Promise.all([ask(), ask(), ask(), ask()]);
    expect(callers.map(({ caller }) => caller)).toEqual(['renewed', 'renewed', 'renewed', 'renewed']);
  });
});
