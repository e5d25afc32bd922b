import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { AuditEvent } from '@nestor/audit';
import { clusterIdentities, createClusterPki } from '@nestor/pki';
import { ApiClient, eventually, startApiServer, temporaryDirectory, type TestApiServer } from '@nestor/testing';
import { configMap, pod, serviceAccount } from './objects';

const maps = '/api/v1/namespaces/default/configmaps';
const secrets = '/api/v1/namespaces/default/secrets';

const policy = `
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
  - { level: None, nonResourceURLs: ['/readyz*', '/livez*'] }
  - { level: None, users: ['system:apiserver'] }
  - { level: Metadata, resources: [{ group: '', resources: [secrets] }] }
  - { level: RequestResponse, omitManagedFields: true, resources: [{ group: '', resources: [configmaps] }] }
  - { level: Request, resources: [{ group: '' }, { group: authentication.k8s.io }] }
  - { level: Metadata }
`;

describe('audit', () => {
  const directory = temporaryDirectory('audit');
  const logFile = join(directory.path, 'audit.log');
  const received: AuditEvent[] = [];
  let collector: Server;
  let server: TestApiServer;
  let admin: ApiClient;

  beforeAll(async () => {
    const pki = await createClusterPki({ directory: join(directory.path, 'pki') });
    const serving = await pki.server('collector', ['127.0.0.1']);
    collector = createServer(
      { cert: readFileSync(serving.certificateFile), key: readFileSync(serving.keyFile) },
      (request, response) => {
        const parts: Buffer[] = [];
        request.on('data', (part: Buffer) => parts.push(part));
        request.on('end', () => {
          received.push(...(JSON.parse(Buffer.concat(parts).toString()) as { items: AuditEvent[] }).items);
          response.end();
        });
      },
    );
    await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
    const url = `https://127.0.0.1:${(collector.address() as AddressInfo).port}/events`;
    const kubeconfig = join(directory.path, 'collector.kubeconfig');
    await pki.writeKubeconfig(kubeconfig, clusterIdentities.admin, url);
    const policyFile = join(directory.path, 'policy.yaml');
    writeFileSync(policyFile, policy);
    server = await startApiServer({
      pki,
      args: [
        `--audit-policy-file=${policyFile}`,
        `--audit-log-path=${logFile}`,
        `--audit-webhook-config-file=${kubeconfig}`,
        '--audit-webhook-batch-max-wait=0.1',
      ],
    });
    admin = await ApiClient.of(server);
  }, 120_000);
  afterAll(async () => {
    admin?.close();
    await server?.stop();
    collector?.closeAllConnections();
    collector?.close();
    directory.remove();
  });

  const logged = (): AuditEvent[] =>
    readFileSync(logFile, 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as AuditEvent);
  /** The events of one request, once there are so many. */
  const eventsOf = (auditID: string, count = 1): Promise<AuditEvent[]> =>
    eventually(() => {
      const found = logged().filter((event) => event.auditID === auditID);
      if (found.length < count) throw new Error(`${found.length} events of ${auditID}`);
      return found;
    });

  it('writes down who wrote what, with both bodies where the policy asks for them', async () => {
    const answer = await admin.send('POST', maps, configMap('noted'), {
      'audit-id': 'create-noted',
      'content-type': 'application/json',
      'user-agent': 'audit-test/1',
      'x-forwarded-for': '10.1.2.3, nonsense',
    });
    expect(answer.headers['audit-id']).toBe('create-noted');
    const [event] = await eventsOf('create-noted');
    expect(event).toMatchObject({
      kind: 'Event',
      apiVersion: 'audit.k8s.io/v1',
      level: 'RequestResponse',
      stage: 'ResponseComplete',
      requestURI: maps,
      verb: 'create',
      user: { username: clusterIdentities.admin.commonName, groups: expect.arrayContaining(['system:masters']) },
      sourceIPs: ['10.1.2.3', '127.0.0.1'],
      userAgent: 'audit-test/1',
      objectRef: { resource: 'configmaps', namespace: 'default', name: 'noted', apiVersion: 'v1' },
      responseStatus: { code: 201 },
      requestObject: { kind: 'ConfigMap', data: { a: '1' } },
      responseObject: { kind: 'ConfigMap', metadata: { uid: answer.body.metadata.uid } },
      annotations: { 'authorization.k8s.io/decision': 'allow' },
    });
    expect(JSON.stringify(event!.responseObject)).not.toContain('managedFields');
  });

  it('keeps the bodies of Secrets out, in the log and on the wire', async () => {
    const hidden = Buffer.from('not for logs').toString('base64');
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, data: { key: hidden } };
    const created = await admin.post(secrets, secret);
    expect(created.code).toBe(201);
    const patched = await admin.patch(`${secrets}/s`, 'merge', { data: { other: hidden } });
    const read = await admin.get(secrets);
    for (const { headers } of [created, patched, read]) {
      const id = String(headers['audit-id']);
      expect(await eventsOf(id)).toMatchObject([{ level: 'Metadata', objectRef: { resource: 'secrets' } }]);
      await eventually(() => expect(received.map(({ auditID }) => auditID)).toContain(id));
    }
    expect(readFileSync(logFile, 'utf8')).not.toContain(hidden);
    expect(JSON.stringify(received)).not.toContain(hidden);
  });

  it('gives patches and deletions as they were sent, and answers as they were given', async () => {
    await admin.post(maps, configMap('changed'));
    const patched = await admin.patch(`${maps}/changed`, 'json', [{ op: 'add', path: '/data/b', value: '2' }]);
    expect(await eventsOf(String(patched.headers['audit-id']))).toMatchObject([
      {
        verb: 'patch',
        requestObject: [{ op: 'add', path: '/data/b', value: '2' }],
        responseObject: { data: { b: '2' } },
      },
    ]);
    const deleted = await admin.delete(`${maps}/changed`, { propagationPolicy: 'Background' });
    expect(await eventsOf(String(deleted.headers['audit-id']))).toMatchObject([
      {
        verb: 'delete',
        requestObject: { propagationPolicy: 'Background' },
        responseObject: { kind: 'Status', status: 'Success' },
        responseStatus: { status: 'Success', code: 200 },
      },
    ]);
    const listed = await admin.get(maps);
    expect(await eventsOf(String(listed.headers['audit-id']))).toMatchObject([
      { verb: 'list', responseObject: { kind: 'ConfigMapList' } },
    ]);
  });

  it('tells of refusals: no identity, no permission, no object, no sense', async () => {
    const stranger = ApiClient.withToken(server, 'no.such.token');
    const unknown = await stranger.get(maps);
    expect(unknown.code).toBe(401);
    expect(await eventsOf(String(unknown.headers['audit-id']))).toMatchObject([
      {
        stage: 'ResponseStarted',
        responseStatus: { code: 401, reason: 'Unauthorized', message: 'Authentication failed, attempted: bearer' },
      },
    ]);
    const nobody = ApiClient.withToken(server);
    const forbidden = await nobody.get(maps);
    expect(await eventsOf(String(forbidden.headers['audit-id']))).toMatchObject([
      {
        user: { username: 'system:anonymous' },
        responseStatus: { code: 403, reason: 'Forbidden', message: expect.stringContaining('cannot list resource') },
        annotations: { 'authorization.k8s.io/decision': 'forbid' },
      },
    ]);
    const missing = await admin.get(`${maps}/nothing`);
    expect(await eventsOf(String(missing.headers['audit-id']))).toMatchObject([{ responseStatus: { code: 404 } }]);
    const senseless = await admin.send('POST', maps, '{', { 'content-type': 'application/json' });
    expect(await eventsOf(String(senseless.headers['audit-id']))).toMatchObject([{ responseStatus: { code: 400 } }]);
    stranger.close();
    nobody.close();
  });

  it('names both, the caller and whom the caller acts as', async () => {
    const answer = await admin.get(maps, { 'impersonate-user': 'eve', 'impersonate-group': 'g' });
    expect(answer.code).toBe(403);
    expect(await eventsOf(String(answer.headers['audit-id']))).toMatchObject([
      {
        user: { username: clusterIdentities.admin.commonName },
        impersonatedUser: { username: 'eve', groups: expect.arrayContaining(['g']) },
      },
    ]);
  });

  it('tells of a watch when it starts and when it ends', async () => {
    const path = `${maps}?watch=true&timeoutSeconds=1`;
    await admin.watch(path, () => false);
    const events = await eventually(() => {
      const found = logged().filter(({ requestURI }) => requestURI === path);
      expect(found).toHaveLength(2);
      return found;
    });
    expect(events).toMatchObject([
      { stage: 'ResponseStarted', verb: 'watch', responseStatus: { code: 200 } },
      { stage: 'ResponseComplete', responseStatus: { code: 200 } },
    ]);
    expect(events[0]!.auditID).toBe(events[1]!.auditID);
  });

  it('says what admission noted', async () => {
    const restricted = { 'pod-security.kubernetes.io/audit': 'restricted' };
    await admin.patch('/api/v1/namespaces/default', 'merge', { metadata: { labels: restricted } });
    await admin.post('/api/v1/namespaces/default/serviceaccounts', serviceAccount());
    const answer = await admin.post('/api/v1/namespaces/default/pods', pod('lax'));
    expect(answer.code).toBe(201);
    const [event] = await eventsOf(String(answer.headers['audit-id']));
    expect(event!.annotations?.['pod-security.kubernetes.io/audit-violations']).toMatch(
      /^would violate PodSecurity "restricted:latest": allowPrivilegeEscalation != false/,
    );
  });

  it('writes nothing of what the policy leaves out', async () => {
    const { headers } = await admin.get('/readyz');
    expect(headers['audit-id']).toEqual(expect.any(String));
    const marker = await admin.get('/version');
    await eventsOf(String(marker.headers['audit-id']));
    expect(logged().filter(({ auditID }) => auditID === headers['audit-id'])).toEqual([]);
  });

  it('counts', async () => {
    const { text } = await admin.get('/metrics');
    expect(text).toMatch(/^apiserver_audit_event_total [1-9]/m);
    expect(text).toMatch(/^apiserver_audit_level_total\{level="None"\} [1-9]/m);
  });
});

describe('an audit that cannot be', () => {
  const directory = temporaryDirectory('audit-refused');
  afterAll(() => directory.remove());
  const startWith = (...args: string[]): Promise<TestApiServer> => startApiServer({ args });

  it('keeps the server from starting, and says what is wrong', async () => {
    const file = join(directory.path, 'policy.yaml');
    writeFileSync(file, 'apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: Everything}]\n');
    await expect(startWith(`--audit-policy-file=${file}`)).rejects.toThrow(/rules\[0\]\.level: Unsupported value/);
    await expect(startWith('--audit-log-path=-')).rejects.toThrow(/--audit-policy-file is required/);
  }, 120_000);

  it('refuses requests in strict mode, and serves them in the others', async () => {
    const file = join(directory.path, 'all.yaml');
    writeFileSync(
      file,
      'apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: Metadata, resources: [{group: ""}]}]\n',
    );
    for (const [mode, code] of [
      ['blocking-strict', 500],
      ['blocking', 200],
    ] as const) {
      const server = await startWith(
        `--audit-policy-file=${file}`,
        '--audit-log-path=/dev/full',
        `--audit-log-mode=${mode}`,
      );
      const admin = await ApiClient.of(server);
      const answer = await admin.get(maps);
      expect({ mode, code: answer.code }).toEqual({ mode, code });
      if (code === 500)
        expect(answer.body).toMatchObject({
          reason: 'InternalError',
          message: expect.stringContaining('failed to store audit event'),
        });
      admin.close();
      await server.stop();
    }
  }, 120_000);
});
