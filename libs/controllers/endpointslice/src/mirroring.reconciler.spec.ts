import type { Endpoints, Service } from '@nestor/api';
import { refs } from '@nestor/client';
import { ControllerTestBed } from '@nestor/controller-kit';
import { eventually } from '@nestor/testing';
import { EndpointSliceModule } from './endpointslice.module';

const namespace = 'default';
const service = (name: string, spec: Service['spec']): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace },
  spec: { ports: [{ port: 80 }], ...spec },
});

describe('the slice controllers', () => {
  let bed: ControllerTestBed;
  beforeAll(async () => {
    bed = await ControllerTestBed.start({ modules: [EndpointSliceModule.forRoot()] });
  }, 120_000);
  afterAll(() => bed?.stop());

  const slicesOf = async (name: string) =>
    (await bed.client.resource(refs.endpointSlices).list({ namespace })).items.filter(
      ({ metadata }) => metadata.labels?.['kubernetes.io/service-name'] === name,
    );

  it('mirror Endpoints made by hand until the Service selects pods itself', async () => {
    const services = bed.client.resource(refs.services);
    const endpoints = bed.client.resource(refs.endpoints);
    await services.create(service('byhand', {}));
    const made: Endpoints = {
      apiVersion: 'v1',
      kind: 'Endpoints',
      metadata: { name: 'byhand', namespace },
      subsets: [{ addresses: [{ ip: '192.0.2.10' }], ports: [{ port: 8080, protocol: 'TCP' }] }],
    };
    await endpoints.create(made);
    await eventually(async () => {
      const [slice, ...more] = await slicesOf('byhand');
      expect([slice?.endpoints?.[0]?.addresses, more]).toEqual([['192.0.2.10'], []]);
    });
    await services.patch('byhand', namespace, 'merge', { spec: { selector: { app: 'x' } } });
    await eventually(async () => {
      const managers = (await slicesOf('byhand')).map(
        ({ metadata }) => metadata.labels?.['endpointslice.kubernetes.io/managed-by'],
      );
      expect(managers).toEqual(['endpointslice-controller.k8s.io']);
    });
  });

  it('write a slice and Endpoints for a Service without pods', async () => {
    await bed.client.resource(refs.services).create(service('empty', { selector: { app: 'none' }, clusterIP: 'None' }));
    await eventually(async () => {
      const [slice] = await slicesOf('empty');
      expect(slice).toMatchObject({
        metadata: { labels: { 'service.kubernetes.io/headless': '' } },
        addressType: 'IPv4',
        endpoints: [],
      });
      const { metadata } = await bed.client.resource(refs.endpoints).get('empty', namespace);
      expect(metadata.labels?.['endpoints.kubernetes.io/managed-by']).toBe('endpoint-controller');
    });
  });
});
