import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Injectable, Module } from '@nestjs/common';
import type { ApiObject } from '@nestor/api';
import { KubernetesClient, refs } from '@nestor/client';
import { eventually, repositoryRoot } from '@nestor/testing';
import { ControllerTestBed, Reconciler, type ObjectKey, type ReconcileResult, type ReconcilesObjects } from '../src';

const isBuilt = existsSync(join(repositoryRoot(), 'apps/apiserver/dist/main.js'));
if (!isBuilt) console.warn('skipped: the API server is not built');
const seen: string[] = [];
let failures = 0;

/** Makes a ConfigMap for each Widget, and makes it again when it is taken away. */
@Reconciler({ for: 'example.com/v1/Widget', owns: ['v1/ConfigMap'] })
@Injectable()
class WidgetReconciler implements ReconcilesObjects {
  constructor(private readonly client: KubernetesClient) {}

  async reconcile({ namespace, name }: ObjectKey): Promise<ReconcileResult> {
    const widget = await this.client.resource(await this.client.refOf('example.com/v1/Widget')).get(name, namespace);
    const { uid = '' } = widget.metadata;
    const maps = this.client.resource(refs.configMaps);
    if (await maps.get(name, namespace).catch(() => undefined)) return;
    const ownerReferences = [{ apiVersion: 'example.com/v1', kind: 'Widget', name, uid, controller: true }];
    await maps.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace, ownerReferences } });
  }
}

/** Fails twice for each key, then asks to be called once more. */
@Reconciler({ for: 'v1/ServiceAccount' })
@Injectable()
class AccountReconciler implements ReconcilesObjects {
  reconcile({ namespace, name }: ObjectKey): Promise<ReconcileResult> {
    if (failures++ < 2) return Promise.reject(new Error('not yet'));
    seen.push(`${namespace}/${name}`);
    return Promise.resolve(seen.length < 2 ? { requeueAfter: 10 } : undefined);
  }
}

@Module({ providers: [WidgetReconciler, AccountReconciler] })
class ExampleModule {}

(isBuilt ? describe : describe.skip)('the kit', () => {
  let bed: ControllerTestBed;
  beforeAll(async () => {
    bed = await ControllerTestBed.start({ modules: [ExampleModule] });
  }, 120_000);
  afterAll(() => bed?.stop());

  it('tries again after a throw and comes back when asked to, while another kind is not served yet', async () => {
    const metadata = { name: 'a', namespace: 'default' };
    await bed.client.resource(refs.serviceAccounts).create({ apiVersion: 'v1', kind: 'ServiceAccount', metadata });
    await eventually(() => expect(seen).toEqual(['default/a', 'default/a']));
    expect(failures).toBe(4);
  });

  it('runs a controller of a custom resource once its definition is there, and maps children to owners', async () => {
    await bed.client.resource(refs.customResourceDefinitions).create({
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'widgets.example.com' },
      spec: {
        group: 'example.com',
        scope: 'Namespaced',
        names: { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList' },
        versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
      },
    });
    const ref = await eventually(() => bed.client.refOf<ApiObject>('example.com/v1/Widget'));
    const widget = { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'w', namespace: 'default' } };
    await eventually(() => bed.client.resource(ref).create(widget));
    const maps = bed.client.resource(refs.configMaps);
    const first = await eventually(() => maps.get('w', 'default'), { timeoutMs: 60_000 });
    await maps.delete('w', 'default');
    await eventually(async () => {
      expect((await maps.get('w', 'default')).metadata.uid).not.toBe(first.metadata.uid);
    });
  });
});
