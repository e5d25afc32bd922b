import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { claimFinalizer, type Pod, type ResourceClaim } from '@nestor/api';
import { refs } from '@nestor/client';
import { ControllerTestBed } from '@nestor/controller-kit';
import { eventually, repositoryRoot } from '@nestor/testing';
import { ResourceClaimModule } from '.';

const isBuilt = existsSync(join(repositoryRoot(), 'apps/apiserver/dist/main.js'));
if (!isBuilt) console.warn('skipped: the API server is not built');

const namespace = 'default';
const devices = { requests: [{ name: 'gpu', exactly: { deviceClassName: 'gpu' } }] };
const aPod = (name: string, template = 'template', over: object = {}): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace },
  spec: {
    containers: [{ name: 'c', image: 'i', resources: { claims: [{ name: 'gpu' }] } }],
    resourceClaims: [{ name: 'gpu', resourceClaimTemplateName: template }],
    ...over,
  },
});

(isBuilt ? describe : describe.skip)('resource claims of pods', () => {
  let bed: ControllerTestBed;
  const pods = () => bed.client.resource(refs.pods);
  const claims = () => bed.client.resource(refs.resourceClaims);
  beforeAll(async () => {
    bed = await ControllerTestBed.start({ modules: [ResourceClaimModule] });
    await bed.client.resource(refs.serviceAccounts).create({
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'default', namespace },
    });
    await bed.client.resource(refs.resourceClaimTemplates).create({
      apiVersion: 'resource.k8s.io/v1',
      kind: 'ResourceClaimTemplate',
      metadata: { name: 'template', namespace },
      spec: { metadata: { labels: { made: 'yes' } }, spec: { devices } },
    });
  }, 120_000);
  afterAll(() => bed?.stop());

  const claimOf = async (pod: string): Promise<ResourceClaim> => {
    let name = '';
    await eventually(async () => {
      const { status } = await pods().get(pod, namespace);
      name = status?.resourceClaimStatuses?.[0]?.resourceClaimName ?? '';
      expect(name).not.toBe('');
    });
    return claims().get(name, namespace);
  };
  /** As the scheduler would. */
  const allocate = async (claim: ResourceClaim, pod: Pod): Promise<void> => {
    const { metadata } = claim;
    const held = await claims().update({ ...claim, metadata: { ...metadata, finalizers: [claimFinalizer] } });
    const results = [{ request: 'gpu', driver: 'd.com', pool: 'p', device: 'gpu-0' }];
    const reservedFor = [{ resource: 'pods', name: pod.metadata.name ?? '', uid: pod.metadata.uid ?? '' }];
    await claims().updateStatus({ ...held, status: { allocation: { devices: { results } }, reservedFor } });
  };

  it('are made from the template, owned by the pod, and named in its status once', async () => {
    const pod = await pods().create(aPod('one'));
    const { metadata, spec } = await claimOf('one');
    expect(metadata.name).toMatch(/^one-gpu-[a-z0-9]{5}$/);
    expect(metadata).toMatchObject({
      labels: { made: 'yes' },
      annotations: { 'resource.kubernetes.io/pod-claim-name': 'gpu' },
      ownerReferences: [{ kind: 'Pod', name: 'one', uid: pod.metadata.uid, controller: true }],
    });
    expect(spec.devices?.requests?.[0]?.exactly?.count).toBe(1);
    expect((await claims().list({ namespace })).items).toHaveLength(1);
  });

  it('give their devices back and go with a pod that has ended', async () => {
    const pod = await pods().create(aPod('two'));
    const claim = await claimOf('two');
    await allocate(claim, pod);
    await pods().delete('two', namespace, { gracePeriodSeconds: 0 });
    await eventually(async () => {
      const found = await claims().get(claim.metadata.name ?? '', namespace);
      expect(found.status?.allocation).toBeUndefined();
      expect(found.metadata.finalizers ?? []).toEqual([]);
    });
    const ended = await pods().create(aPod('three'));
    const other = await claimOf('three');
    await pods().updateStatus({
      ...(await pods().get('three', namespace)),
      status: { ...ended.status, phase: 'Failed' },
    });
    await eventually(async () => {
      const { items } = await claims().list({ namespace });
      expect(items.map(({ metadata }) => metadata.name)).not.toContain(other.metadata.name);
    });
  });

  it('are reserved for pods that got a node by themselves', async () => {
    await claims().create({
      apiVersion: 'resource.k8s.io/v1',
      kind: 'ResourceClaim',
      metadata: { name: 'shared', namespace },
      spec: { devices },
    });
    const user = await pods().create(aPod('four'));
    await allocate(await claims().get('shared', namespace), user);
    const resourceClaims = [{ name: 'gpu', resourceClaimName: 'shared' }];
    await pods().create(aPod('five', '', { nodeName: 'n', resourceClaims }));
    await eventually(async () => {
      const { status } = await claims().get('shared', namespace);
      expect(status?.reservedFor?.map(({ name }) => name)).toEqual(['four', 'five']);
    });
  });

  it('tell of templates that are missing', async () => {
    await pods().create(aPod('six', 'nowhere'));
    await eventually(async () => {
      const { items } = await bed.client.resource(refs.events).list({ namespace });
      const found = items.find(
        ({ reason, involvedObject }) => reason === 'FailedResourceClaimCreation' && involvedObject.name === 'six',
      );
      expect(found?.message).toBe(
        'PodResourceClaim gpu: resource claim template "nowhere": resourceclaimtemplate.resource.k8s.io "nowhere" not found',
      );
    });
  });
});
