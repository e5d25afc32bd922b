import { readFileSync } from 'node:fs';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request, type RequestOptions } from 'node:https';
import { join } from 'node:path';
import type { Pod } from '@nestor/api';
import { ClusterPki, clusterIdentities, type Identity } from '@nestor/pki';
import {
  describeWhen,
  eventually,
  freePort,
  startApiServer,
  temporaryDirectory,
  type TestApiServer,
} from '@nestor/testing';
import { isBuilt, podOn, startKubelet, type KubeletUnderTest } from './kubelet-under-test';

jest.setTimeout(120_000);

type Answer = { code: number | undefined; text: string };
const node = 'sim-node-0';
const upgrade = {
  connection: 'Upgrade',
  upgrade: 'websocket',
  'sec-websocket-version': '13',
  'sec-websocket-key': Buffer.alloc(16).toString('base64'),
  'sec-websocket-protocol': 'v5.channel.k8s.io',
};

describeWhen(isBuilt, 'who may call a kubelet: needs the built apps (npx nx run-many -t build)')(
  'who may call a kubelet',
  () => {
    const directory = temporaryDirectory('kubelet-callers');
    let api: TestApiServer;
    let kubelet: KubeletUnderTest;
    let port: number;
    let readOnlyPort: number;

    beforeAll(async () => {
      api = await startApiServer({ args: ['--allow-loopback-proxies'] });
      [port, readOnlyPort] = [await freePort(), await freePort()];
      const flags = { runtime: 'sim', nodes: 2, 'node-name': 'sim', port, 'read-only-port': readOnlyPort };
      kubelet = await startKubelet(api, flags, { nodes: [node, 'sim-node-1'] });
      const command = ['sh', '-c', 'echo hello; sleep 3600'];
      await kubelet.apply(podOn(node, 'talker', { containers: [{ name: 'main', image: 'x:1', command }] }));
      await eventually(
        async () => {
          const pod = JSON.parse(await kubelet.kubectl('get', 'pod', 'talker', '-o', 'json')) as Pod;
          expect(pod.status?.phase).toBe('Running');
        },
        { timeoutMs: 60_000 },
      );
    });
    afterAll(async () => {
      await kubelet?.process.stop();
      await api?.stop();
      directory.remove();
    });

    const call = (path: string, options: RequestOptions = {}): Promise<Answer> =>
      new Promise((resolve, reject) => {
        const sent = request({ host: '127.0.0.1', port, path, ca: readFileSync(api.caFile), agent: false, ...options });
        sent.on('response', (response) => resolve(read(response)));
        sent.on('upgrade', (response, socket) => {
          socket.destroy();
          resolve({ code: response.statusCode, text: '' });
        });
        sent.on('error', reject).end();
      });
    const withToken = async (path: string, account: string, headers = {}): Promise<Answer> => {
      const token = (await kubelet.kubectl('create', 'token', account)).trim();
      return call(path, { headers: { authorization: `Bearer ${token}`, ...headers } });
    };
    const certificateOf = async (identity: Identity, pki: ClusterPki = api.pki): Promise<RequestOptions> => {
      const { certificateFile, keyFile } = await pki.client(identity);
      return { cert: readFileSync(certificateFile), key: readFileSync(keyFile) };
    };
    const paths = [
      '/pods',
      '/runningpods/',
      '/metrics',
      '/stats/summary',
      '/healthz',
      '/configz',
      '/logs/',
      '/nothing',
    ];
    const exec = '/exec/default/talker/main?command=id&output=1';
    const refusal = (user: string, subresources: string): Answer => ({
      code: 403,
      text: `Forbidden (user=${user}, verb=get, resource=nodes, subresource(s)=[${subresources}])\n`,
    });

    it('is nobody without credentials, whatever is asked for', async () => {
      for (const path of [...paths, exec, '/containerLogs/default/talker/main']) {
        expect(await call(path)).toEqual({ code: 401, text: 'Unauthorized' });
      }
      expect(await call(exec, { headers: upgrade })).toEqual({ code: 401, text: 'Unauthorized' });
    });

    it('is nobody with the certificate of another authority, with an unknown token, or with one of them and the other', async () => {
      const other = await ClusterPki.open(join(directory.path, 'other'));
      const forged = await certificateOf(
        { file: 'forged', commonName: 'joe', organizations: ['system:masters'] },
        other,
      );
      const unknown = { authorization: 'Bearer stranger' };
      for (const options of [forged, { headers: unknown }, { ...forged, headers: unknown }]) {
        expect(await call('/pods', options)).toEqual({ code: 401, text: 'Unauthorized' });
        const streaming = { ...options, headers: { ...options.headers, ...upgrade } };
        expect(await call(exec, streaming)).toEqual({ code: 401, text: 'Unauthorized' });
      }
    });

    it('is no pod by the token it has anyway', async () => {
      const user = 'system:serviceaccount:default:default';
      const of = (path: string, headers = {}) => withToken(path, 'default', headers);
      expect(await of('/pods')).toEqual(refusal(user, 'pods proxy'));
      expect(await of('/metrics')).toEqual(refusal(user, 'metrics'));
      expect(await of('/configz')).toEqual(refusal(user, 'configz proxy'));
      expect(await of('/logs/')).toEqual(refusal(user, 'log'));
      expect(await of('/healthz')).toEqual(refusal(user, 'healthz proxy'));
      expect(await of(exec)).toEqual(refusal(user, 'proxy'));
      expect(await of(exec, upgrade)).toEqual(refusal(user, 'proxy'));
    });

    it('is whoever has a role, for what it names and nothing else', async () => {
      await kubelet.kubectl('create', 'serviceaccount', 'scraper');
      await kubelet.kubectl('create', 'clusterrole', 'scraper', '--verb=get', '--resource=nodes/metrics');
      await kubelet.kubectl(
        'create',
        'clusterrolebinding',
        'scraper',
        '--clusterrole=scraper',
        '--serviceaccount=default:scraper',
      );
      const user = 'system:serviceaccount:default:scraper';
      expect(await withToken('/metrics', 'scraper')).toMatchObject({
        code: 200,
        text: expect.stringContaining('# HELP') as string,
      });
      expect(await withToken('/metrics/../exec/default/talker/main', 'scraper')).toEqual(refusal(user, 'proxy'));
      for (const path of ['/stats/summary', '/pods', '/healthz', '/configz', '/logs/', exec]) {
        expect((await withToken(path, 'scraper')).code).toBe(403);
      }
      expect((await withToken(exec, 'scraper', upgrade)).code).toBe(403);
    });

    it('reads logs of the machine and the configuration by a right to each', async () => {
      await kubelet.kubectl('create', 'serviceaccount', 'reader');
      const role = ['--verb=get', '--resource=nodes/log,nodes/configz'];
      await kubelet.kubectl('create', 'clusterrole', 'log-reader', ...role);
      const binding = ['--clusterrole=log-reader', '--serviceaccount=default:reader'];
      await kubelet.kubectl('create', 'clusterrolebinding', 'log-reader', ...binding);
      const listing = await withToken('/logs/', 'reader');
      expect(listing).toMatchObject({ code: 200, text: expect.stringContaining('<pre>') as string });
      expect((await withToken('/configz', 'reader')).code).toBe(200);
      for (const path of ['/logs/../pods', '/logs/%2e%2e/pods', '/containerLogs/default/talker/main', exec]) {
        expect((await withToken(path, 'reader')).code).toBe(403);
      }
      expect((await withToken('/logs/..%2f..%2fetc/passwd', 'reader')).code).toBe(404);
    });

    it('sees the configuration by way of the API server', async () => {
      const text = await kubelet.kubectl('get', '--raw', `/api/v1/nodes/${node}/proxy/configz`);
      expect(JSON.parse(text)).toMatchObject({
        kubeletconfig: { kind: 'KubeletConfiguration', port, readOnlyPort, authorization: { mode: 'Webhook' } },
      });
      const listing = await kubelet.kubectl('get', '--raw', `/api/v1/nodes/${node}/proxy/logs/`);
      expect(listing).toMatch(/^<!doctype html>/);
    });

    it('may be somebody for the pods of one node only', async () => {
      await kubelet.kubectl('create', 'serviceaccount', 'neighbour');
      const role = ['--verb=get,create', '--resource=nodes/proxy', '--resource-name=sim-node-1'];
      await kubelet.kubectl('create', 'clusterrole', 'neighbour', ...role);
      await kubelet.kubectl(
        'create',
        'clusterrolebinding',
        'neighbour',
        '--clusterrole=neighbour',
        '--serviceaccount=default:neighbour',
      );
      const spec = { containers: [{ name: 'main', image: 'x:1' }] };
      await kubelet.apply(podOn('sim-node-1', 'other', spec));
      await kubelet.kubectl('wait', '--for=condition=Ready', 'pod/other', '--timeout=30s');
      expect((await withToken('/containerLogs/default/other/main', 'neighbour')).code).toBe(200);
      expect((await withToken('/containerLogs/default/talker/main', 'neighbour')).code).toBe(403);
      expect((await withToken('/pods', 'neighbour')).code).toBe(403);
    });

    it('is the API server, by the role of its identity', async () => {
      const own = await certificateOf(clusterIdentities.kubeletClient);
      expect(await call('/healthz', own)).toEqual({ code: 200, text: 'ok' });
      expect(JSON.parse((await call('/pods', own)).text)).toMatchObject({ kind: 'PodList' });
      expect((await call(exec, { ...own, headers: upgrade })).code).toBe(101);
      expect(await call('/pods', { ...own, method: 'POST' })).toEqual({ code: 405, text: '405: Method Not Allowed' });
      expect(await kubelet.kubectl('logs', 'talker')).toBe('hello\n');
      expect(await kubelet.kubectl('exec', 'talker', '--', 'echo', 'inside')).toBe('inside\n');
      expect(await kubelet.kubectl('get', '--raw', `/api/v1/nodes/${node}/proxy/healthz`)).toBe('ok');
    });

    it('is an administrator', async () => {
      expect((await call('/stats/summary', await certificateOf(clusterIdentities.admin))).code).toBe(200);
    });

    it('speaks TLS 1.2 at least, with forward secrecy', async () => {
      const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
      await expect(call('/healthz', old)).rejects.toThrow();
      await expect(call('/healthz', { maxVersion: 'TLSv1.2', ciphers: 'AES128-GCM-SHA256' })).rejects.toThrow();
      expect((await call('/healthz', { maxVersion: 'TLSv1.2' })).code).toBe(401);
      expect((await call('/healthz', { minVersion: 'TLSv1.3' })).code).toBe(401);
    });

    it('is everybody at the read-only port, where it is on, for what it serves', async () => {
      const open = (path: string): Promise<Answer> =>
        new Promise((resolve, reject) => {
          const sent = httpRequest({ host: '127.0.0.1', port: readOnlyPort, path, agent: false });
          sent.on('response', (response) => resolve(read(response))).on('error', reject);
          sent.end();
        });
      for (const path of ['/pods', '/metrics', '/stats/summary', '/healthz']) expect((await open(path)).code).toBe(200);
      for (const path of [exec, '/containerLogs/default/talker/main', '/runningpods/', '/configz', '/logs/']) {
        expect((await open(path)).code).toBe(404);
      }
    });
  },
);

async function read(response: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return { code: response.statusCode, text: Buffer.concat(chunks).toString() };
}
