import type { Deployment, Pod, ReplicaSet } from '@nestor/api';
import fc from 'fast-check';
import { plan, type Plan } from './deployment.plan';
import { sameTemplate, templateHash } from './template-hash';

const now = Date.parse('2026-01-01T01:00:00Z');
const labels = { app: 'web' };

interface Wanted {
  replicas?: number;
  image?: string;
  surge?: number | string;
  unavailable?: number | string;
  strategy?: string;
  paused?: boolean;
  historyLimit?: number;
  status?: Deployment['status'];
  annotations?: Record<string, string>;
}
function deployment(wanted: Wanted = {}): Deployment {
  const { replicas = 3, image = 'a', surge = '25%', unavailable = '25%', strategy = 'RollingUpdate' } = wanted;
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'default', uid: 'd', generation: 1, annotations: wanted.annotations },
    spec: {
      replicas,
      paused: wanted.paused,
      progressDeadlineSeconds: 600,
      revisionHistoryLimit: wanted.historyLimit ?? 10,
      selector: { matchLabels: labels },
      strategy: {
        type: strategy,
        ...(strategy === 'Recreate'
          ? {}
          : { rollingUpdate: { maxSurge: surge as never, maxUnavailable: unavailable as never } }),
      },
      template: template(image),
    },
    status: wanted.status,
  };
}
const template = (image: string) => ({ metadata: { labels }, spec: { containers: [{ name: 'c', image }] } });

interface Set {
  image: string;
  replicas: number;
  available?: number;
  revision?: number;
  desired?: number;
  max?: number;
  created?: string;
}
function replicaSet({
  image,
  replicas,
  available = replicas,
  revision = 1,
  desired = 3,
  max,
  created,
}: Set): ReplicaSet {
  const hash = `h${image}`;
  const hashed = { ...labels, 'pod-template-hash': hash };
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `web-${hash}`,
      namespace: 'default',
      uid: hash,
      generation: 1,
      creationTimestamp: created ?? `2026-01-01T00:00:0${revision}Z`,
      labels: hashed,
      annotations: {
        'deployment.kubernetes.io/revision': String(revision),
        'deployment.kubernetes.io/desired-replicas': String(desired),
        'deployment.kubernetes.io/max-replicas': String(max ?? desired + Math.ceil(desired / 4)),
      },
    },
    spec: {
      replicas,
      selector: { matchLabels: hashed },
      template: { ...template(image), metadata: { labels: hashed } },
    },
    status: { replicas, readyReplicas: available, availableReplicas: available, observedGeneration: 1 },
  };
}

const run = (of: Deployment, sets: ReplicaSet[], pods: Pod[] = []): Plan =>
  plan({ deployment: of, replicaSets: sets, podsOf: () => pods, now });
const sizes = (planned: Plan): Record<string, number | undefined> =>
  Object.fromEntries(planned.updates.map(({ next }) => [next.metadata.name, next.spec?.replicas]));
const condition = (planned: Plan, type: string) => planned.status?.conditions?.find((one) => one.type === type);

describe('rolling update', () => {
  it('creates the first ReplicaSet at full size with hash, revision and scaling annotations', () => {
    const planned = run(deployment(), []);
    const { metadata, spec } = planned.create!.next;
    const hash = templateHash(template('a'), undefined);
    expect(metadata).toMatchObject({
      name: `web-${hash}`,
      labels: { app: 'web', 'pod-template-hash': hash },
      annotations: {
        'deployment.kubernetes.io/revision': '1',
        'deployment.kubernetes.io/desired-replicas': '3',
        'deployment.kubernetes.io/max-replicas': '4',
      },
      ownerReferences: [{ kind: 'Deployment', name: 'web', uid: 'd', controller: true, blockOwnerDeletion: true }],
    });
    expect(spec).toMatchObject({
      replicas: 3,
      selector: { matchLabels: { app: 'web', 'pod-template-hash': hash } },
      template: { metadata: { labels: { app: 'web', 'pod-template-hash': hash } } },
    });
    expect(planned.create!.scaledFrom).toBe(0);
    expect(planned.revision).toBe('1');
    expect(condition(planned, 'Progressing')).toMatchObject({
      status: 'True',
      reason: 'NewReplicaSetCreated',
      message: `Created new replica set "web-${hash}"`,
    });
    expect(condition(planned, 'Available')).toMatchObject({ status: 'False', reason: 'MinimumReplicasUnavailable' });
  });

  it('leaves counters of zero out of the status, as Go does, but not the one that is a pointer', () => {
    const zeros = Object.entries(run(deployment(), []).status ?? {}).filter(([, value]) => value === 0);
    expect(zeros.map(([name]) => name)).toEqual(['terminatingReplicas']);
    const { status } = run(deployment(), [replicaSet({ image: 'a', replicas: 3 })]);
    expect(status).toMatchObject({ replicas: 3, readyReplicas: 3, availableReplicas: 3, terminatingReplicas: 0 });
    expect(status).not.toHaveProperty('unavailableReplicas');
  });

  it('starts a rollout with the surge', () => {
    const planned = run(deployment({ image: 'b' }), [replicaSet({ image: 'a', replicas: 3 })]);
    expect(planned.create!.next.spec?.replicas).toBe(1);
    expect(planned.create!.next.metadata.annotations?.['deployment.kubernetes.io/revision']).toBe('2');
    expect(planned.updates).toEqual([]);
  });

  it('takes old pods away as new ones become available', () => {
    const sets = [replicaSet({ image: 'a', replicas: 3 }), replicaSet({ image: 'b', replicas: 1, revision: 2 })];
    expect(sizes(run(deployment({ image: 'b' }), sets))).toEqual({ 'web-ha': 2 });
    const next = [replicaSet({ image: 'a', replicas: 2 }), replicaSet({ image: 'b', replicas: 1, revision: 2 })];
    expect(sizes(run(deployment({ image: 'b' }), next))).toEqual({ 'web-hb': 2 });
  });

  it('removes unhealthy old pods first, without waiting for new ones', () => {
    const sets = [
      replicaSet({ image: 'a', replicas: 3, available: 1 }),
      replicaSet({ image: 'b', replicas: 1, available: 0, revision: 2 }),
    ];
    const planned = run(deployment({ image: 'b', unavailable: 2, surge: 1 }), sets);
    expect(sizes(planned)).toEqual({ 'web-ha': 1 });
  });

  it('never goes below the minimum available nor above the surge, whatever the state', () => {
    const count = fc.integer({ min: 0, max: 12 });
    fc.assert(
      fc.property(
        fc.record({ replicas: count, surge: count, unavailable: count, a: count, b: count, aUp: count, bUp: count }),
        ({ replicas, surge, unavailable, a, b, aUp, bUp }) => {
          const max = replicas + surge;
          const sets = [
            replicaSet({ image: 'a', replicas: a, available: Math.min(a, aUp), desired: replicas, max }),
            replicaSet({ image: 'b', replicas: b, available: Math.min(b, bUp), revision: 2, desired: replicas, max }),
          ];
          const planned = run(deployment({ image: 'b', replicas, surge, unavailable }), sets);
          const size = { 'web-ha': a, 'web-hb': b, ...sizes(planned) };
          const fence = surge === 0 && unavailable === 0 ? 1 : unavailable;
          const up = Math.min(a, aUp, size['web-ha']) + Math.min(b, bUp, size['web-hb']);
          const upBefore = Math.min(a, aUp) + Math.min(b, bUp);
          const floor = replicas - Math.min(fence, replicas);
          if (b <= replicas) expect(up).toBeGreaterThanOrEqual(Math.min(upBefore, floor));
          expect(size['web-ha'] + size['web-hb']).toBeLessThanOrEqual(Math.max(a + b, max));
        },
      ),
    );
  });

  it('completes and then cleans up beyond the history limit, the oldest revision first', () => {
    const sets = [
      replicaSet({ image: 'old', replicas: 0, revision: 1 }),
      replicaSet({ image: 'mid', replicas: 0, revision: 2 }),
      replicaSet({ image: 'a', replicas: 3, revision: 3 }),
    ];
    const planned = run(deployment({ historyLimit: 1 }), sets);
    expect(condition(planned, 'Progressing')).toMatchObject({
      reason: 'NewReplicaSetAvailable',
      message: 'ReplicaSet "web-ha" has successfully progressed.',
    });
    expect(condition(planned, 'Available')).toMatchObject({
      status: 'True',
      message: 'Deployment has minimum availability.',
    });
    expect(planned.deletes.map((one) => one.metadata.name)).toEqual(['web-hold']);
  });

  it('rolls back by giving the old ReplicaSet the next revision and its history', () => {
    const sets = [
      replicaSet({ image: 'a', replicas: 0, revision: 1 }),
      replicaSet({ image: 'b', replicas: 3, revision: 2 }),
    ];
    const planned = run(deployment({ image: 'a', annotations: { 'deployment.kubernetes.io/revision': '2' } }), sets);
    const back = planned.updates.find(({ next }) => next.metadata.name === 'web-ha')!.next;
    expect(planned.create).toBeUndefined();
    expect(back.metadata.annotations).toMatchObject({
      'deployment.kubernetes.io/revision': '3',
      'deployment.kubernetes.io/revision-history': '1',
    });
    expect(planned.revision).toBe('3');
  });

  it('writes nothing when everything is as it should be', () => {
    const sets = [replicaSet({ image: 'a', replicas: 3 })];
    const of = deployment({ annotations: { 'deployment.kubernetes.io/revision': '1' } });
    const first = run(of, sets);
    const again = run({ ...of, status: first.status }, sets);
    expect(again).toEqual({
      create: undefined,
      updates: [],
      deletes: [],
      revision: undefined,
      requeueAfter: undefined,
    });
  });
});

describe('progress deadline', () => {
  const progressing = (reason: string, lastUpdateTime: string) => ({
    observedGeneration: 1,
    replicas: 3,
    updatedReplicas: 1,
    readyReplicas: 3,
    availableReplicas: 3,
    conditions: [
      { type: 'Progressing', status: 'True', reason, message: '', lastUpdateTime, lastTransitionTime: lastUpdateTime },
    ],
  });
  const sets = [
    replicaSet({ image: 'a', replicas: 3 }),
    replicaSet({ image: 'b', replicas: 1, available: 0, revision: 2 }),
  ];

  it('passes without progress', () => {
    const status = { ...progressing('ReplicaSetUpdated', '2026-01-01T00:00:00Z'), replicas: 4 };
    const planned = run(deployment({ image: 'b', status }), sets);
    expect(condition(planned, 'Progressing')).toMatchObject({
      status: 'False',
      reason: 'ProgressDeadlineExceeded',
      message: 'ReplicaSet "web-hb" has timed out progressing.',
    });
  });

  it('asks to be looked at again when it would pass', () => {
    const status = { ...progressing('ReplicaSetUpdated', '2026-01-01T00:59:00Z'), replicas: 4 };
    expect(run(deployment({ image: 'b', status }), sets).requeueAfter).toBe(541_000);
  });
});

describe('scaling', () => {
  it('sizes the only active ReplicaSet', () => {
    const planned = run(deployment({ replicas: 10 }), [replicaSet({ image: 'a', replicas: 3 })]);
    expect(sizes(planned)).toEqual({ 'web-ha': 10 });
    expect(planned.updates[0]!.scaledFrom).toBe(3);
  });

  it('gives each its share in the middle of a rollout', () => {
    const sets = [
      replicaSet({ image: 'a', replicas: 8, desired: 10, max: 13 }),
      replicaSet({ image: 'b', replicas: 5, available: 0, revision: 2, desired: 10, max: 13 }),
    ];
    expect(sizes(run(deployment({ image: 'b', replicas: 15, surge: 3, unavailable: 2 }), sets))).toEqual({
      'web-ha': 11,
      'web-hb': 7,
    });
  });

  it('scales to nothing', () => {
    expect(sizes(run(deployment({ replicas: 0 }), [replicaSet({ image: 'a', replicas: 3 })]))).toEqual({ 'web-ha': 0 });
  });
});

describe('pause', () => {
  it('neither creates nor rolls, but says so and scales', () => {
    const planned = run(deployment({ image: 'b', paused: true, replicas: 5 }), [
      replicaSet({ image: 'a', replicas: 3 }),
    ]);
    expect(planned.create).toBeUndefined();
    expect(sizes(planned)).toEqual({ 'web-ha': 5 });
    expect(condition(planned, 'Progressing')).toMatchObject({
      status: 'Unknown',
      reason: 'DeploymentPaused',
      message: 'Deployment is paused',
    });
  });
});

describe('Recreate', () => {
  const of = (image: string) => deployment({ image, strategy: 'Recreate' });
  const running = { status: { phase: 'Running' } } as Pod;

  it('takes everything old down first', () => {
    const planned = run(of('b'), [replicaSet({ image: 'a', replicas: 3 })]);
    expect(planned.create).toBeUndefined();
    expect(sizes(planned)).toEqual({ 'web-ha': 0 });
  });
  it('waits for the last old pod', () => {
    expect(run(of('b'), [replicaSet({ image: 'a', replicas: 0 })], [running]).create).toBeUndefined();
  });
  it('then brings up the new one whole', () => {
    expect(run(of('b'), [replicaSet({ image: 'a', replicas: 0 })]).create!.next.spec?.replicas).toBe(3);
  });
});

describe('templates', () => {
  it('are the same whatever the order of keys, the hash label and empty values', () => {
    const a = { metadata: { labels: { a: '1', b: '2' } }, spec: { containers: [{ name: 'c', image: 'x' }] } };
    const b = {
      spec: { containers: [{ image: 'x', name: 'c', env: [] }], nodeSelector: {} },
      metadata: { labels: { b: '2', a: '1', 'pod-template-hash': 'zzz' } },
    };
    expect(sameTemplate(a, b)).toBe(true);
    expect(sameTemplate(a, { ...a, spec: { containers: [{ name: 'c', image: 'y' }] } })).toBe(false);
  });

  it('hash to characters of a label, and differently after a collision', () => {
    const first = templateHash(template('a'), undefined);
    expect(first).toMatch(/^[bcdfghjklmnpqrstvwxz2456789]{5,10}$/);
    expect(templateHash(template('a'), 1)).not.toBe(first);
  });
});
