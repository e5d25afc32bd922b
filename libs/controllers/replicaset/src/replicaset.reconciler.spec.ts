import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Pod, ReplicaSet } from '@nestor/api';
import { refs } from '@nestor/client';
import { ControllerTestBed } from '@nestor/controller-kit';
import { eventually, repositoryRoot } from '@nestor/testing';
import { ReplicaSetModule } from './replicaset.module';

const isBuilt = existsSync(join(repositoryRoot(), 'apps/apiserver/dist/main.js'));
if (!isBuilt) console.warn('skipped: the API server is not built');

const replicaSet = (name: string, replicas: number): ReplicaSet => ({
  apiVersion: 'apps/v1',
  kind: 'ReplicaSet',
  metadata: { name, namespace: 'default' },
  spec: {
    replicas,
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'c', image: 'x' }] } },
  },
});

(isBuilt ? describe : describe.skip)('ReplicaSetReconciler', () => {
  let bed: ControllerTestBed;
  beforeAll(async () => {
    bed = await ControllerTestBed.start({ modules: [ReplicaSetModule] });
    // Pods need it, and its controller is not under test.
    const metadata = { name: 'default', namespace: 'default' };
    await bed.client.resource(refs.serviceAccounts).create({ apiVersion: 'v1', kind: 'ServiceAccount', metadata });
  }, 120_000);
  afterAll(() => bed?.stop());

  const podsOf = async (name: string): Promise<Pod[]> =>
    (await bed.client.resource(refs.pods).list({ namespace: 'default', labelSelector: `app=${name}` })).items;

  it('keeps the number, never one more on the way, and reports it', async () => {
    const sets = bed.client.resource(refs.replicaSets);
    const most = { count: 0 };
    const informer = bed.informers.informer(refs.pods);
    informer.addHandlers({ added: () => (most.count = Math.max(most.count, informer.lister.list('default').length)) });
    await sets.create(replicaSet('many', 60));
    await eventually(async () => expect(await podsOf('many')).toHaveLength(60), { timeoutMs: 60_000 });
    await eventually(async () => {
      const { status } = await sets.get('many', 'default');
      expect(status).toMatchObject({ replicas: 60, fullyLabeledReplicas: 60, observedGeneration: 1 });
    });
    expect(most.count).toBe(60);
    await sets.patch('many', 'default', 'merge', { spec: { replicas: 2 } });
    await eventually(async () => expect(await podsOf('many')).toHaveLength(2), { timeoutMs: 60_000 });
  });

  it('adopts matching orphans and releases what no longer matches', async () => {
    const pods = bed.client.resource(refs.pods);
    const metadata = { name: 'stray', namespace: 'default', labels: { app: 'family' } };
    const stray = await pods.create({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata,
      spec: { containers: [{ name: 'c', image: 'x' }] },
    });
    // Else the controller may make another before it has heard of this one.
    await eventually(() => expect(bed.informers.informer(refs.pods).lister.get('default', 'stray')).toBeDefined());
    const owner = await bed.client.resource(refs.replicaSets).create(replicaSet('family', 1));
    await eventually(async () => {
      const { metadata: adopted } = await pods.get('stray', 'default');
      expect(adopted.ownerReferences).toMatchObject([{ uid: owner.metadata.uid, controller: true }]);
    });
    expect((await podsOf('family')).map((pod) => pod.metadata.uid)).toEqual([stray.metadata.uid]);
    await pods.patch('stray', 'default', 'merge', { metadata: { labels: { app: 'free' } } });
    await eventually(async () => {
      expect((await pods.get('stray', 'default')).metadata.ownerReferences ?? []).toEqual([]);
      expect(await podsOf('family')).toHaveLength(1);
    });
  });

  it('says why it cannot create', async () => {
    const broken = replicaSet('broken', 2);
    broken.spec!.template!.spec!.serviceAccountName = 'nobody';
    await bed.client.resource(refs.replicaSets).create(broken);
    await eventually(
      async () => {
        const { status } = await bed.client.resource(refs.replicaSets).get('broken', 'default');
        const condition = status?.conditions?.find((one) => one.type === 'ReplicaFailure');
        expect(condition).toMatchObject({ status: 'True', reason: 'FailedCreate' });
        expect(condition?.message).toContain('nobody');
      },
      { timeoutMs: 60_000 },
    );
  });
});
