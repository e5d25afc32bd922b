import { hostname } from 'node:os';
import type { ApiObject, Lease } from '@nestor/api';
import {
  ApiClient,
  eventually,
  startApiServer,
  startTestPostgres,
  type TestApiServer,
  type TestDatabase,
} from '@nestor/testing';

const core = '/api/v1/namespaces/default/events';
const newer = '/apis/events.k8s.io/v1/namespaces/default/events';
const event = (name: string): ApiObject => ({
  apiVersion: 'v1',
  kind: 'Event',
  metadata: { name },
  involvedObject: { kind: 'Pod', namespace: 'default', name: 'p' },
  reason: 'Tested',
  message: 'first',
  type: 'Normal',
});

describe('events', () => {
  let database: TestDatabase;
  let first: TestApiServer;
  let second: TestApiServer;
  let api: ApiClient;

  beforeAll(async () => {
    const args = ['--event-ttl=4'];
    database = await startTestPostgres();
    first = await startApiServer({ args, database: database.url });
    second = await startApiServer({ args, database: database.url, pki: first.pki });
    api = await ApiClient.of(second);
  }, 120_000);
  afterAll(async () => {
    api?.close();
    await second?.stop();
    await first?.stop();
    await database?.stop();
  });

  const namesOf = async (path: string): Promise<string[]> =>
    ((await api.get(path)).body['items'] as ApiObject[]).map(({ metadata }) => metadata.name ?? '');

  it.each([
    ['core/v1', core],
    ['events.k8s.io/v1', newer],
  ])('end after a while, and watchers of %s see it', async (version, path) => {
    const name = `brief-${version === 'core/v1' ? 'a' : 'b'}`;
    const { resourceVersion } = (await api.get(path)).body.metadata;
    const seen = api.watch(`${path}?watch=1&resourceVersion=${resourceVersion}`, (lines) =>
      lines.some(({ type, object }) => type === 'DELETED' && object.metadata.name === name),
    );
    await api.post(core, event(name));
    const own = (await seen).filter(({ object }) => object.metadata.name === name);
    expect(own.map(({ type }) => type)).toEqual(['ADDED', 'DELETED']);
    expect(Number(own[1]?.object.metadata.resourceVersion)).toBeGreaterThan(
      Number(own[0]?.object.metadata.resourceVersion),
    );
    expect(await namesOf(path)).not.toContain(name);
  });

  it('do not take the identity of servers with them', async () => {
    const { body } = await api.get(
      '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases?labelSelector=apiserver.kubernetes.io/identity=kube-apiserver',
    );
    const leases = body['items'] as Lease[];
    expect(leases).toHaveLength(2);
    for (const { metadata, spec } of leases) {
      expect(metadata.labels).toHaveProperty(['kubernetes.io/hostname'], hostname());
      expect(metadata.name).toMatch(/^apiserver-[a-z0-9]{26}$/);
      expect(spec).toMatchObject({ leaseDurationSeconds: 3600, renewTime: expect.any(String) });
      expect(spec?.holderIdentity?.startsWith(`${metadata.name}_`)).toBe(true);
    }
  });

  it('live on while they are written, and go with whichever server is left', async () => {
    await api.post(core, event('brief'));
    await api.post(core, event('lasting'));
    await eventually(async () => {
      await api.patch(`${core}/lasting`, 'merge', { message: String(Math.random()) });
      expect(await namesOf(core)).toEqual(['lasting']);
    });
    await first.stop();
    await eventually(async () => expect(await namesOf(core)).toEqual([]));
  });
});
