import { isNotFound, type Endpoints, type Service } from '@nestor/api';
import { refs, type KubernetesClient } from '@nestor/client';
import { ControllerTestBed } from '@nestor/controller-kit';
import { eventually } from '@nestor/testing';
import { EndpointSliceModule } from './endpointslice.module';

const namespace = 'default';
const service = (name: string, spec: Service['spec'] = {}): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace },
  spec: { ports: [{ port: 80 }], ...spec },
});
const byHand = (name: string, annotations?: Record<string, string>): Endpoints => ({
  apiVersion: 'v1',
  kind: 'Endpoints',
  metadata: { name, namespace, annotations },
  subsets: [{ addresses: [{ ip: '192.0.2.10' }], ports: [{ port: 8080, protocol: 'TCP' }] }],
});
const leader = { 'control-plane.alpha.kubernetes.io/leader': '{}' };

async function seed(client: KubernetesClient): Promise<void> {
  const endpoints = client.resource(refs.endpoints);
  for (const object of [byHand('leftover'), byHand('lock', leader), byHand('served')]) await endpoints.create(object);
  await client.resource(refs.services).create(service('served'));
}

describe('the endpoints controller', () => {
  let bed: ControllerTestBed;
  beforeAll(async () => {
    bed = await ControllerTestBed.start({ modules: [EndpointSliceModule.forRoot()], seed });
  }, 120_000);
  afterAll(() => bed?.stop());

  const find = (name: string): Promise<Endpoints | undefined> =>
    bed.client
      .resource(refs.endpoints)
      .get(name, namespace)
      .catch((error) => {
        if (isNotFound(error)) return undefined;
        throw error;
      });
  const gone = (name: string) => eventually(async () => expect(await find(name)).toBeUndefined());
  const slices = async (name: string) =>
    (
      await bed.client
        .resource(refs.endpointSlices)
        .list({ namespace, labelSelector: `kubernetes.io/service-name=${name}` })
    ).items;

  it('at its start deletes what has no Service, but no leader lock', async () => {
    await gone('leftover');
    expect(await find('lock')).toBeDefined();
    expect(await find('served')).toBeDefined();
  });

  it('deletes Endpoints of a Service that is gone, whoever made them', async () => {
    const services = bed.client.resource(refs.services);
    await services.create(service('manual'));
    await bed.client.resource(refs.endpoints).create(byHand('manual'));
    await eventually(async () => expect(await slices('manual')).toHaveLength(1));
    await services.delete('manual', namespace);
    await gone('manual');
  });

  it('leaves alone Endpoints that were made for no Service, also when they change', async () => {
    const endpoints = bed.client.resource(refs.endpoints);
    await endpoints.create(byHand('free'));
    await endpoints.patch('free', namespace, 'merge', { metadata: { labels: { a: 'b' } } });
    // What comes later is through: nothing else was in the queue before it.
    await bed.client.resource(refs.services).create(service('later', { selector: { app: 'later' } }));
    await eventually(async () => expect(await find('later')).toBeDefined());
    expect(await find('free')).toBeDefined();
  });

  it('keeps the Endpoints of a Service that has lost its selector, which are then mirrored', async () => {
    const services = bed.client.resource(refs.services);
    await services.create(service('lost', { selector: { app: 'lost' } }));
    await eventually(async () => expect(await find('lost')).toBeDefined());
    const { metadata } = (await find('lost'))!;
    await services.patch('lost', namespace, 'merge', { spec: { selector: null } });
    await bed.client.resource(refs.endpoints).patch('lost', namespace, 'merge', { subsets: byHand('lost').subsets });
    await eventually(async () => {
      const managers = (await slices('lost')).map(
        (slice) => slice.metadata.labels?.['endpointslice.kubernetes.io/managed-by'],
      );
      expect(managers).toContain('endpointslicemirroring-controller.k8s.io');
    });
    expect((await find('lost'))?.metadata.uid).toBe(metadata.uid);
    await services.delete('lost', namespace);
    await gone('lost');
  });
});
