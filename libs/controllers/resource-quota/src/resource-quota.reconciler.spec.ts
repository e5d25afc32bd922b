import type { ApiObject } from '@nestor/api';
import { refs, type ResourceRef } from '@nestor/client';
import { ControllerTestBed } from '@nestor/controller-kit';
import { eventually } from '@nestor/testing';
import { ResourceQuotaModule } from './resource-quota.module';

const widgets: ResourceRef = {
  group: 'example.com',
  version: 'v1',
  plural: 'widgets',
  kind: 'Widget',
  namespaced: true,
};
const object = (apiVersion: string, kind: string, name: string, more: object = {}) => ({
  apiVersion,
  kind,
  metadata: { name, namespace: 'default' },
  ...more,
});
const definition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.example.com' },
  spec: {
    group: 'example.com',
    names: { plural: 'widgets', kind: 'Widget' },
    scope: 'Namespaced',
    versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
  },
};

describe('ResourceQuotaReconciler', () => {
  let bed: ControllerTestBed;
  beforeAll(async () => {
    bed = await ControllerTestBed.start({ modules: [ResourceQuotaModule.forRoot()] });
  });
  afterAll(() => bed.stop());

  const used = async (): Promise<Record<string, string> | undefined> =>
    (await bed.client.resource(refs.resourceQuotas).get('q', 'default')).status?.used;

  it('counts what is there, what comes, what changes and what goes, of kinds that come later too', async () => {
    const quotas = bed.client.resource(refs.resourceQuotas);
    const hard = { pods: '5', 'requests.cpu': '2', configmaps: '9', 'count/widgets.example.com': '4' };
    await quotas.create(object('v1', 'ResourceQuota', 'q', { spec: { hard } }));
    const maps = bed.client.resource(refs.configMaps);
    await eventually(async () => expect(await used()).toMatchObject({ pods: '0', 'count/widgets.example.com': '0' }));
    const before = Number((await used())?.['configmaps']);

    await maps.create(object('v1', 'ConfigMap', 'm'));
    const container = { name: 'c', image: 'i', resources: { requests: { cpu: '500m' } } };
    await bed.client.resource(refs.serviceAccounts).create(object('v1', 'ServiceAccount', 'default'));
    const pods = bed.client.resource(refs.pods);
    const pod = await pods.create(object('v1', 'Pod', 'p', { spec: { nodeName: 'n', containers: [container] } }));
    await eventually(async () =>
      expect(await used()).toMatchObject({ pods: '1', 'requests.cpu': '500m', configmaps: String(before + 1) }),
    );
    await pods.updateStatus({ ...pod, status: { ...pod.status, phase: 'Succeeded' } });
    await maps.delete('m', 'default');
    await eventually(async () =>
      expect(await used()).toMatchObject({ pods: '0', 'requests.cpu': '0', configmaps: String(before) }),
    );

    await bed.client.resource(refs.customResourceDefinitions).create(definition);
    await eventually(() => bed.client.resource(widgets).create(object('example.com/v1', 'Widget', 'w') as ApiObject));
    await eventually(async () => expect(await used()).toMatchObject({ 'count/widgets.example.com': '1' }));
    // Admission charges what is made by itself; that less is in use again is the controller's to find out.
    await bed.client.resource(widgets).create(object('example.com/v1', 'Widget', 'x'));
    await bed.client.resource(widgets).delete('x', 'default');
    await eventually(async () => expect(await used()).toMatchObject({ 'count/widgets.example.com': '1' }));
    await bed.client.resource(refs.customResourceDefinitions).delete('widgets.example.com');
    await eventually(async () => expect(await used()).toMatchObject({ 'count/widgets.example.com': '0' }));
  });
});
