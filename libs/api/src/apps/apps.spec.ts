import { changed, created, createErrors, definitionOf, updateErrors } from '../../test/created';
import type { Deployment, ReplicaSet } from '../meta/json-types';

const deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'default' },
  spec: {
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'main', image: 'busybox:1' }] } },
  },
};
const replicaSet = { ...deployment, kind: 'ReplicaSet' };

describe('Deployment', () => {
  it('is stored with its defaults', () => {
    const { spec } = created<Deployment>(deployment);
    expect(spec).toMatchObject({
      replicas: 1,
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
    });
    // Links to services are a default of pods, not of templates.
    expect(spec?.template.spec).not.toHaveProperty('enableServiceLinks');
    expect(spec?.template.spec?.containers[0]?.imagePullPolicy).toBe('IfNotPresent');
  });

  it.each<[string, object, string[]]>([
    ['nothing wrong', {}, []],
    [
      'a selector for others',
      { selector: { matchLabels: { app: 'other' } } },
      ['spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`'],
    ],
    ['no selector', { selector: undefined }, ['spec.selector: Required value']],
    [
      'an empty selector',
      { selector: { matchLabels: undefined } },
      ['spec.selector: Invalid value: {}: empty selector is invalid for deployment'],
    ],
    ['negative replicas', { replicas: -1 }, ['spec.replicas: Invalid value: -1: must be greater than or equal to 0']],
    [
      'no way to roll',
      { strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 0 } } },
      ['spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0'],
    ],
    [
      'numbers for Recreate',
      { strategy: { type: 'Recreate', rollingUpdate: { maxSurge: 1 } } },
      ["spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'"],
    ],
    [
      'pods that end',
      { template: { spec: { restartPolicy: 'Never' } } },
      ['spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"'],
    ],
  ])('with %s', (_, spec, messages) => expect(createErrors(changed(deployment, { spec }))).toEqual(messages));

  it('keeps its selector', () => {
    const other = { app: 'x' };
    const next = changed(deployment, {
      spec: { selector: { matchLabels: other }, template: { metadata: { labels: other } } },
    });
    expect(updateErrors(deployment, next)).toEqual([
      'spec.selector: Invalid value: {"matchLabels":{"app":"x"}}: field is immutable',
    ]);
  });

  it('is listed as kubectl does', () => {
    const definition = definitionOf('apps/v1', 'Deployment');
    const object = {
      ...created(deployment),
      status: { replicas: 1, readyReplicas: 1, updatedReplicas: 1, availableReplicas: 1 },
    };
    object.metadata.creationTimestamp = '2026-01-01T00:00:00Z';
    expect(definition.columns.map(({ name }) => name)).toEqual([
      'Name',
      'Ready',
      'Up-to-date',
      'Available',
      'Age',
      'Containers',
      'Images',
      'Selector',
    ]);
    expect(definition.cells(object, new Date('2026-01-01T00:00:05Z'))).toEqual([
      'web',
      '1/1',
      1,
      1,
      '5s',
      'main',
      'busybox:1',
      'app=web',
    ]);
  });
});

describe('ReplicaSet', () => {
  it('starts with an empty status', () => expect(created<ReplicaSet>(replicaSet).status).toEqual({ replicas: 0 }));
  it('reports no more ready than there are', () => {
    const next = { ...replicaSet, status: { replicas: 1, readyReplicas: 2 } };
    expect(updateErrors(replicaSet, next, 'status')).toEqual([
      'status.readyReplicas: Invalid value: 2: cannot be greater than status.replicas',
    ]);
  });
});
