import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ApiClient, startApiServer, temporaryDirectory, type TestApiServer } from '@nestor/testing';

/** Plugins that are off unless somebody enables them. */
describe('AlwaysPullImages and EventRateLimit', () => {
  const directory = temporaryDirectory('optional-admission');
  const file = join(directory.path, 'admission.yaml');
  const enabled = '--enable-admission-plugins=AlwaysPullImages,EventRateLimit';
  let server: TestApiServer;
  let api: ApiClient;
  beforeAll(async () => {
    writeFileSync(
      file,
      `apiVersion: apiserver.config.k8s.io/v1
kind: AdmissionConfiguration
plugins:
  - name: EventRateLimit
    configuration:
      apiVersion: eventratelimit.admission.k8s.io/v1alpha1
      kind: Configuration
      limits:
        - { type: Namespace, qps: 1, burst: 3 }
`,
    );
    server = await startApiServer({ args: [enabled, `--admission-control-config-file=${file}`] });
    api = await ApiClient.of(server);
  }, 120_000);
  afterAll(async () => {
    api?.close();
    await server?.stop();
    directory.remove();
  });

  it('make every pod pull its images', async () => {
    await api.post('/api/v1/namespaces/default/serviceaccounts', { metadata: { name: 'default' } });
    const containers = [{ name: 'c', image: 'busybox:1', imagePullPolicy: 'Never' }];
    const made = await api.post('/api/v1/namespaces/default/pods', { metadata: { name: 'p' }, spec: { containers } });
    expect(made.code).toBe(201);
    expect(made.body['spec'].containers[0].imagePullPolicy).toBe('Always');
  });

  it('keep a flood of Events of one namespace out, and no other writes', async () => {
    const post = (name: string, query = '') =>
      api.post(`/api/v1/namespaces/default/events${query}`, {
        metadata: { name },
        involvedObject: { kind: 'Pod', namespace: 'default', name: 'p' },
        reason: 'Test',
      });
    for (let n = 0; n < 10; n++) expect((await post(`dry-${n}`, '?dryRun=All')).code).toBe(201);
    const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => post(`e-${n}`)));
    const refused = answers.filter(({ code }) => code === 429);
    expect(answers.filter(({ code }) => code === 201).length).toBeGreaterThanOrEqual(3);
    expect(refused.length).toBeGreaterThanOrEqual(10);
    expect(refused[0]!.body).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: 'Too many requests: limit reached on type Namespace for key default',
      reason: 'TooManyRequests',
      code: 429,
    });
    expect((await api.post('/api/v1/namespaces/default/configmaps', { metadata: { name: 'm' } })).code).toBe(201);
  });

  it('need limits to begin with', async () => {
    await expect(startApiServer({ args: [enabled] })).rejects.toThrow(
      `couldn't init admission plugin "EventRateLimit": limits: Invalid value: []: must not be empty`,
    );
  });
});
