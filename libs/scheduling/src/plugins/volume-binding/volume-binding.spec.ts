import type { DeepReadonly, PersistentVolume, PersistentVolumeClaim } from '@nestor/api';
import { metrics } from '@nestor/telemetry';
import { notFound } from '@nestor/api';
import { buildProfile } from '../../config/build-profile';
import { defaultPluginsIn, defaultRegistry } from '../../config/plugin-registry';
import { configurationWithoutFile } from '../../config/read-configuration';
import { aNode, aPod, quietObserver } from '../../framework/testing-objects';
import { Scheduler, SchedulerOptions } from '../../scheduler';
import { aBoundClaim, aClaim, aClass, aVolume, store, using } from '../../volumes/testing-storage';
import type { VolumeWrites } from './bind-volumes';

type Volume = DeepReadonly<PersistentVolume>;
type Claim = DeepReadonly<PersistentVolumeClaim>;

interface World {
  scheduler: Scheduler;
  bound: Map<string, string>;
  messages: string[];
  /** What was written, as the API would show it later. */
  volumes: Volume[];
  claims: Claim[];
}

let open: Scheduler[] = [];
afterEach(() => {
  open.forEach((scheduler) => scheduler.stop());
  open = [];
});

function written<T extends Volume | Claim>(list: T[], object: T): Promise<T> {
  const version = String(Number(object.metadata.resourceVersion) + 1);
  const next = { ...object, metadata: { ...object.metadata, resourceVersion: version } };
  list.push(next);
  return Promise.resolve(next);
}

/** An API that takes every write and shows nothing by itself. */
function aWorld(over: Partial<VolumeWrites> & Partial<SchedulerOptions> & { bindTimeoutSeconds?: number } = {}): World {
  const { updateVolume, updateClaim, bindTimeoutSeconds = 600, ...options } = over;
  const [bound, messages, volumes, claims] = [new Map<string, string>(), [] as string[], [] as Volume[], [] as Claim[]];
  const registry = defaultRegistry({
    postBinding: ({ pod }, node) => Promise.resolve(void bound.set(pod.metadata.name ?? '', node)),
    volumes: {
      updateVolume: updateVolume ?? ((volume) => written(volumes, volume) as Promise<PersistentVolume>),
      updateClaim: updateClaim ?? ((claim) => written(claims, claim) as Promise<PersistentVolumeClaim>),
    },
  });
  const [profile] = configurationWithoutFile(defaultPluginsIn(registry)).profiles;
  if (!profile) throw new Error('no profile');
  const args = profile.pluginConfig.map((one) =>
    one.name === 'VolumeBinding' ? { ...one, args: { bindTimeoutSeconds } } : one,
  );
  const scheduler = new Scheduler({
    profiles: (handle) => [buildProfile({ ...profile, pluginConfig: args }, registry, handle)],
    observer: {
      ...quietObserver,
      unschedulable: (_pod, message) => messages.push(message),
      failed: (_pod, message) => messages.push(message),
    },
    queue: { initialBackoffMs: 1, maxBackoffMs: 2 },
    ...options,
  });
  open.push(scheduler);
  scheduler.setNode(aNode('a'));
  scheduler.start();
  return { scheduler, bound, messages, volumes, claims };
}

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 400 && !condition(); i++) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(condition()).toBe(true);
}

const later = { storageClassName: 'later' };
const local = () => [aClass('later'), aVolume('v', { on: 'a', spec: later }), aClaim('c', { spec: later })];
const provisioning = () => [aClass('later', { provisioner: 'fast.csi' }), aClaim('c', { spec: later })];

/** What the binder does to a claim. */
function bindClaim(claim: Claim, volume: string): Claim {
  const { metadata, spec } = claim;
  const annotations = { ...metadata.annotations, 'pv.kubernetes.io/bind-completed': 'yes' };
  return {
    ...claim,
    metadata: { ...metadata, annotations, resourceVersion: '9' },
    spec: { ...spec, volumeName: volume },
  };
}

/** Reads the counters of volume binding as they are now. */
async function volumeMetrics(): Promise<(name: string, operation: string) => number> {
  const lines = (await metrics.text()).split('\n');
  return (name, operation) => {
    const start = `scheduler_volume_${name}{operation="${operation}"}`;
    return Number(lines.find((line) => line.startsWith(start))?.slice(start.length) ?? 0);
  };
}

describe('binding volumes', () => {
  it('names the claim on the volume, waits until both are bound and binds the pod then', async () => {
    const { scheduler, bound, volumes } = aWorld();
    store(scheduler, local());
    scheduler.setPod(aPod('p', using('c')));
    await until(() => volumes.length === 1);
    expect(volumes[0]).toMatchObject({
      metadata: { annotations: { 'pv.kubernetes.io/bound-by-controller': 'yes' } },
      spec: {
        claimRef: {
          kind: 'PersistentVolumeClaim',
          apiVersion: 'v1',
          namespace: 'default',
          name: 'c',
          uid: 'uid-c',
          resourceVersion: '1',
        },
      },
    });
    // The claim alone does not do while the volume is seen as it was before.
    scheduler.setStorage('PersistentVolumeClaim', bindClaim(aClaim('c', { spec: later }), 'v'));
    expect(bound.size).toBe(0);
    scheduler.setStorage('PersistentVolume', volumes[0] as Volume);
    await until(() => bound.get('p') === 'a');
  });

  it('names the node on a claim that a volume is to be made for', async () => {
    const { scheduler, bound, claims } = aWorld();
    store(scheduler, provisioning());
    scheduler.setPod(aPod('p', using('c')));
    await until(() => claims.length === 1);
    const [claim] = claims as [Claim];
    expect(claim.metadata.annotations).toEqual({ 'volume.kubernetes.io/selected-node': 'a' });
    scheduler.setStorage('PersistentVolumeClaim', bindClaim(claim, 'made'));
    expect(bound.size).toBe(0);
    scheduler.setStorage('PersistentVolume', aVolume('made', { on: 'a', spec: later }));
    await until(() => bound.get('p') === 'a');
  });

  it('does not give one volume to two pods', async () => {
    const { scheduler, bound, messages, volumes } = aWorld();
    store(scheduler, [...local(), aClaim('d', { spec: later })]);
    scheduler.setPod(aPod('p', using('c')));
    scheduler.setPod(aPod('q', using('d')));
    await until(() => messages.length === 1);
    expect(volumes).toHaveLength(1);
    expect(messages[0]).toBe("0/1 nodes are available: 1 node(s) didn't find available persistent volumes to bind.");
    expect(bound.size).toBe(0);
  });

  it('binds at once where all claims are bound', async () => {
    const { scheduler, bound, volumes, claims } = aWorld();
    store(scheduler, [aVolume('v', { on: 'a' }), aBoundClaim('c', 'v')]);
    scheduler.setPod(aPod('p', using('c')));
    await until(() => bound.get('p') === 'a');
    expect([volumes, claims]).toEqual([[], []]);
  });

  it('looks for a node again when the provisioner takes the node off the claim', async () => {
    const { scheduler, bound, messages, claims } = aWorld();
    store(scheduler, provisioning());
    scheduler.setPod(aPod('p', using('c')));
    await until(() => claims.length === 1);
    scheduler.setStorage(
      'PersistentVolumeClaim',
      aClaim('c', { metadata: { resourceVersion: '5', annotations: { other: 'x' } }, spec: later }),
    );
    await until(() => messages.length > 0 && claims.length === 2);
    expect(messages[0]).toBe(
      'running PreBind plugin "VolumeBinding": binding volumes: provisioning failed for PVC "c"',
    );
    expect(bound.size).toBe(0);
  });

  it('waits no longer than it is told to', async () => {
    const { scheduler, messages } = aWorld({ bindTimeoutSeconds: 0 });
    store(scheduler, provisioning());
    scheduler.setPod(aPod('p', using('c')));
    await until(() => messages.length > 0);
    expect(messages[0]).toBe('running PreBind plugin "VolumeBinding": binding volumes: context deadline exceeded');
  });

  it('gives the volume back when the write is refused, and keeps the pod when its claim is not found', async () => {
    const before = await volumeMetrics();
    let refusals = 2;
    const world: World = aWorld({
      updateVolume: (volume) => {
        if (refusals-- > 0) return Promise.reject(notFound({ group: '', resource: 'persistentvolumes' }, 'v'));
        return written(world.volumes, volume) as Promise<PersistentVolume>;
      },
    });
    store(world.scheduler, local());
    world.scheduler.setPod(aPod('p', using('c')));
    await until(() => world.volumes.length === 1);
    expect(world.messages).toEqual(
      Array(2).fill('running PreBind plugin "VolumeBinding": persistentvolumes "v" not found'),
    );
    const after = await volumeMetrics();
    expect(after('scheduling_stage_error_total', 'bind') - before('scheduling_stage_error_total', 'bind')).toBe(2);
    for (const [operation, times] of [
      ['assume', 3],
      ['restore', 2],
    ] as const)
      expect(after('binder_cache_requests_total', operation) - before('binder_cache_requests_total', operation)).toBe(
        times,
      );
  });

  it('wakes a pod when the volume it wanted is given back', async () => {
    let reject: (error: Error) => void = () => undefined;
    const world: World = aWorld({
      updateVolume: (volume) => {
        if (volume.spec?.claimRef?.name === 'c') return new Promise((_resolve, no) => (reject = no));
        return written(world.volumes, volume) as Promise<PersistentVolume>;
      },
    });
    const { scheduler, messages, volumes } = world;
    store(scheduler, [...local(), aClaim('d', { spec: later })]);
    scheduler.setPod(aPod('p', using('c')));
    scheduler.setPod(aPod('q', using('d')));
    await until(() => messages.length === 1);
    scheduler.removePod('uid-default-p');
    reject(new Error('connection reset'));
    await until(() => volumes.length === 1);
    expect(volumes[0]?.spec?.claimRef?.name).toBe('d');
  });

  it('gives up for a pod that is deleted, and says nothing more of it', async () => {
    const { scheduler, bound, messages, claims } = aWorld();
    store(scheduler, provisioning());
    scheduler.setPod(aPod('p', using('c')));
    await until(() => claims.length === 1);
    scheduler.removePod('uid-default-p');
    scheduler.setStorage('PersistentVolumeClaim', bindClaim(claims[0] as Claim, 'made'));
    scheduler.setStorage('PersistentVolume', aVolume('made', { spec: later }));
    scheduler.setPod(aPod('other'));
    await until(() => bound.get('other') === 'a');
    expect(bound.has('p')).toBe(false);
    expect(messages).toEqual([]);
  });

  it('keeps no other pod from being bound meanwhile', async () => {
    const { scheduler, bound, claims } = aWorld({ maxBindings: 1 });
    store(scheduler, provisioning());
    scheduler.setPod(aPod('p', using('c')));
    await until(() => claims.length === 1);
    scheduler.setPod(aPod('other'));
    await until(() => bound.get('other') === 'a');
  });
});

describe('what helps a pod that waits for its volumes', () => {
  const waits = async (objects: Parameters<typeof store>[1], message: RegExp): Promise<World> => {
    const world = aWorld();
    store(world.scheduler, objects);
    world.scheduler.setPod(aPod('p', using('c')));
    await until(() => world.messages.length > 0);
    expect(world.messages[0]).toMatch(message);
    return world;
  };
  const isTried = ({ messages, volumes, claims, bound }: World) =>
    until(() => messages.length + volumes.length + claims.length + bound.size > 1);
  const isLeftAlone = async ({ scheduler, messages, bound }: World): Promise<void> => {
    scheduler.setPod(aPod('other'));
    await until(() => bound.has('other'));
    expect(messages).toHaveLength(1);
  };

  it('is its claim', async () => {
    const world = await waits([], /"c" not found/);
    store(world.scheduler, [aClaim('x')]);
    await isLeftAlone(world);
    store(world.scheduler, [aClaim('c')]);
    await until(() => world.messages.length === 2);
    expect(world.messages[1]).toMatch(/unbound immediate PersistentVolumeClaims/);
    store(world.scheduler, [aVolume('v'), aBoundClaim('c', 'v')]);
    await until(() => world.bound.has('p'));
  });

  it('is a volume', async () => {
    const world = await waits([aClass('later'), aClaim('c', { spec: later })], /didn't find available/);
    store(world.scheduler, [aVolume('v', { spec: later })]);
    await isTried(world);
  });

  it('is the class', async () => {
    const world = await waits([aClaim('c', { spec: later })], /unbound immediate/);
    store(world.scheduler, [aClass('later', { provisioner: 'fast.csi' })]);
    await until(() => world.claims.length === 1);
  });

  it('is a node with another label, and not one with another taint', async () => {
    const objects = [aVolume('v', { on: 'z' }), aBoundClaim('c', 'v')];
    const world = await waits(objects, /volume node affinity conflict/);
    const taints = [{ key: 'k', effect: 'PreferNoSchedule' }];
    world.scheduler.setNode(aNode('a', { spec: { taints } }));
    await isLeftAlone(world);
    world.scheduler.setNode(aNode('a', { spec: { taints }, labels: { 'kubernetes.io/hostname': 'z' } }));
    await until(() => world.bound.has('p'));
  });

  it('is the pod that had the claim for itself', async () => {
    const objects = [aVolume('v'), aBoundClaim('c', 'v', { accessModes: ['ReadWriteOncePod'] })];
    const world = aWorld();
    store(world.scheduler, objects);
    world.scheduler.setPod(aPod('first', using('c')));
    await until(() => world.bound.has('first'));
    world.scheduler.setPod(aPod('p', using('c')));
    await until(() => world.messages.length === 1);
    world.scheduler.removePod('uid-default-first');
    await until(() => world.bound.has('p'));
  });
});
