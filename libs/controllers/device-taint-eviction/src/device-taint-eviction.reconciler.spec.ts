import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { DeviceToleration, Pod } from '@nestor/api';
import { refs } from '@nestor/client';
import { ControllerTestBed } from '@nestor/controller-kit';
import { metrics } from '@nestor/telemetry';
import { eventually, repositoryRoot } from '@nestor/testing';
import { DeviceTaintEvictionModule } from '.';

const isBuilt = existsSync(join(repositoryRoot(), 'apps/apiserver/dist/main.js'));
if (!isBuilt) console.warn('skipped: the API server is not built');

const namespace = 'default';
const apiVersion = 'resource.k8s.io/v1';
const broken = { key: 'broken', effect: 'NoExecute' };

(isBuilt ? describe : describe.skip)('device taints', () => {
  let bed: ControllerTestBed;
  beforeAll(async () => {
    bed = await ControllerTestBed.start({ modules: [DeviceTaintEvictionModule] });
    const serviceAccount = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace } };
    await bed.client.resource(refs.serviceAccounts).create(serviceAccount);
  }, 120_000);
  afterAll(() => bed?.stop());

  const pods = () => bed.client.resource(refs.pods);
  const rules = () => bed.client.resource(refs.deviceTaintRules);
  const events = async (pod: string): Promise<(string | undefined)[]> =>
    (await bed.client.resource(refs.events).list({ namespace })).items
      .filter(({ involvedObject }) => involvedObject.name === pod)
      .map(({ reason, message }) => `${reason}: ${message}`);

  /** A pod on a node, with one device of a pool of its own. */
  async function use(name: string, tolerations?: DeviceToleration[]): Promise<Pod> {
    await bed.client.resource(refs.resourceSlices).create({
      apiVersion,
      kind: 'ResourceSlice',
      metadata: { name },
      spec: {
        driver: 'd.com',
        nodeName: 'n',
        pool: { name, generation: 1, resourceSliceCount: 1 },
        devices: [{ name: 'gpu' }],
      },
    });
    const pod = await pods().create({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace },
      spec: {
        nodeName: 'n',
        containers: [{ name: 'c', image: 'i', resources: { claims: [{ name: 'gpu' }] } }],
        resourceClaims: [{ name: 'gpu', resourceClaimName: name }],
      },
    });
    const exactly = { deviceClassName: 'gpu', tolerations };
    const claims = bed.client.resource(refs.resourceClaims);
    const claim = await claims.create({
      apiVersion,
      kind: 'ResourceClaim',
      metadata: { name, namespace },
      spec: { devices: { requests: [{ name: 'gpu', exactly }] } },
    });
    const results = [{ request: 'gpu', driver: 'd.com', pool: name, device: 'gpu', tolerations }];
    const reservedFor = [{ resource: 'pods', name, uid: pod.metadata.uid ?? '' }];
    await claims.updateStatus({ ...claim, status: { allocation: { devices: { results } }, reservedFor } });
    return pod;
  }
  const setTaints = (name: string, taints: object[]) =>
    bed.client
      .resource(refs.resourceSlices)
      .patch(name, undefined, 'merge', { spec: { devices: [{ name: 'gpu', taints }] } });
  const gone = (name: string) =>
    eventually(async () => {
      const { metadata, status } = await pods().get(name, namespace);
      expect(metadata.deletionTimestamp).toBeDefined();
      expect(status?.conditions).toContainEqual(
        expect.objectContaining({
          type: 'DisruptionTarget',
          status: 'True',
          reason: 'DeletionByDeviceTaintManager',
          message: 'Device Taint manager: deleting due to NoExecute taint',
        }),
      );
    });

  it('evict the pods that use the device, which is told and counted', async () => {
    await use('one');
    await setTaints('one', [broken]);
    await gone('one');
    await eventually(async () =>
      expect(await events('one')).toEqual(['DeviceTaintManagerEviction: Marking for deletion']),
    );
    await eventually(async () => {
      const text = await metrics.text();
      expect(text).toMatch(/^device_taint_eviction_controller_pod_deletions_total 1$/m);
      expect(text).toMatch(/^device_taint_eviction_controller_pod_deletion_duration_seconds_count 1$/m);
    });
  });

  it('do not evict when they go before the toleration ends', async () => {
    await use('two', [{ key: 'broken', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 3600 }]);
    await setTaints('two', [broken]);
    // Nothing shows that an eviction is planned until it is cancelled: so until then the taint comes and goes.
    await eventually(async () => {
      await setTaints('two', [broken]);
      await setTaints('two', []);
      expect(await events('two')).toContain('DeviceTaintManagerEviction: Cancelling deletion');
    });
    expect((await pods().get('two', namespace)).metadata.deletionTimestamp).toBeUndefined();
  });

  it('evict by rules, which tell beforehand what they would do and then what they did', async () => {
    await use('three');
    const rule = {
      apiVersion: 'resource.k8s.io/v1beta2',
      kind: 'DeviceTaintRule',
      metadata: { name: 'three' },
      spec: { deviceSelector: { pool: 'three' }, taint: { ...broken, effect: 'None' } },
    };
    const condition = async () => (await rules().get('three')).status?.conditions?.[0];
    // The rule sees what is there when it comes; it is told of once.
    await eventually(async () => {
      await rules()
        .delete('three')
        .catch(() => undefined);
      await rules().create(rule);
      await eventually(async () => expect((await condition())?.reason).toBe('NoEffect'));
      expect((await condition())?.message).toMatch(
        /^1 published device selected\. 1 allocated device selected\. 1 pod would be evicted in 1 namespace if the effect was NoExecute\./,
      );
    });
    await rules().patch('three', undefined, 'merge', { spec: { taint: { effect: 'NoExecute' } } });
    await gone('three');
    // Told at most every ten seconds.
    await eventually(
      async () =>
        expect(await condition()).toMatchObject({
          status: 'False',
          reason: 'Completed',
          message: '1 pod evicted since starting the controller.',
          observedGeneration: 2,
        }),
      { timeoutMs: 60_000 },
    );
  });
});
