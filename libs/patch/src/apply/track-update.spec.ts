import type { ApiObject } from '@nestor/api';
import { deploymentSchema } from '../../test/deployment-schema';
import type { ManagedFieldsEntry } from './managed-fields';
import { trackUpdate, type TrackUpdateRequest } from './track-update';

const now = '2026-01-02T03:04:05Z';

function deployment(spec: object, metadata: object = {}): ApiObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'default', uid: 'u', generation: 1, ...metadata },
    spec,
  };
}
const web = (image: string, extra: object = {}) =>
  deployment(
    {
      replicas: 1,
      selector: { matchLabels: { app: 'web' } },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%' } },
      template: {
        metadata: { labels: { app: 'web' } },
        spec: {
          containers: [{ name: 'c', image, resources: {}, ports: [{ containerPort: 80 }] }],
          securityContext: {},
        },
      },
    },
    extra,
  );

function track(request: Partial<TrackUpdateRequest> & Pick<TrackUpdateRequest, 'new'>): ManagedFieldsEntry[] {
  return trackUpdate({ schema: deploymentSchema, manager: 'kubectl', now, ...request }) ?? [];
}
const withFields = (object: ApiObject, managedFields: ManagedFieldsEntry[]): ApiObject => ({
  ...object,
  metadata: { ...object.metadata, managedFields },
});

describe('trackUpdate', () => {
  test('a create owns every field, as kube-apiserver records it', () => {
    expect(track({ new: web('nginx:1', { labels: { app: 'web' } }), manager: 'kubectl-create' })).toEqual([
      {
        manager: 'kubectl-create',
        operation: 'Update',
        apiVersion: 'apps/v1',
        time: now,
        fieldsType: 'FieldsV1',
        fieldsV1: {
          'f:metadata': { 'f:labels': { '.': {}, 'f:app': {} } },
          'f:spec': {
            'f:replicas': {},
            'f:selector': {},
            'f:strategy': { 'f:rollingUpdate': { '.': {}, 'f:maxSurge': {} }, 'f:type': {} },
            'f:template': {
              'f:metadata': { 'f:labels': { '.': {}, 'f:app': {} } },
              'f:spec': {
                'f:containers': {
                  'k:{"name":"c"}': {
                    '.': {},
                    'f:image': {},
                    'f:name': {},
                    'f:ports': {
                      '.': {},
                      'k:{"containerPort":80,"protocol":"TCP"}': { '.': {}, 'f:containerPort': {} },
                    },
                    'f:resources': {},
                  },
                },
                'f:securityContext': {},
              },
            },
          },
        },
      },
    ]);
  });

  test('a custom resource owns its spec itself', () => {
    const object: ApiObject = { apiVersion: 'x/v1', kind: 'X', metadata: { name: 'x' }, spec: { size: 1 } };
    const [entry] = track({ schema: undefined, custom: true, new: object });
    expect(entry!.fieldsV1).toEqual({ 'f:spec': { '.': {}, 'f:size': {} } });
  });

  test('an update moves only what it changed', () => {
    const old = withFields(web('nginx:1'), track({ new: web('nginx:1'), manager: 'a' }));
    const entries = track({ old, new: web('nginx:2', { generation: 2 }), manager: 'b' });
    expect(entries.map((entry) => entry.manager)).toEqual(['a', 'b']);
    expect(entries[1]!.fieldsV1).toEqual({
      'f:spec': { 'f:template': { 'f:spec': { 'f:containers': { 'k:{"name":"c"}': { 'f:image': {} } } } } },
    });
    expect(JSON.stringify(entries[0]!.fieldsV1)).not.toContain('f:image');
  });

  test('a write that changes nothing gives back the same entries', () => {
    const managedFields = track({ new: web('nginx:1'), manager: 'a' });
    const old = withFields(web('nginx:1'), managedFields);
    expect(track({ old, new: web('nginx:1', { resourceVersion: '7' }), manager: 'b' })).toBe(managedFields);
  });

  test('a removal takes the field from everybody', () => {
    const old = withFields(
      web('nginx:1', { labels: { a: 'b' } }),
      track({ new: web('nginx:1', { labels: { a: 'b' } }) }),
    );
    const entries = track({ old, new: web('nginx:1'), manager: 'b' });
    expect(entries).toHaveLength(1);
    expect(entries[0]!.fieldsV1).not.toHaveProperty(['f:metadata']);
  });

  test('a write through a subresource has its own entry, and cannot set managedFields', () => {
    const old = withFields(web('nginx:1'), track({ new: web('nginx:1') }));
    const next = { ...withFields(web('nginx:1'), []), status: { replicas: 1 } };
    const entries = track({ old, new: next, subresource: 'status' });
    expect(entries.map(({ manager, subresource }) => [manager, subresource])).toEqual([
      ['kubectl', undefined],
      ['kubectl', 'status'],
    ]);
    expect(entries[1]!.fieldsV1).toEqual({ 'f:status': { 'f:replicas': {} } });
  });

  test('an empty list from the client ends tracking, and unreadable entries are ignored', () => {
    const old = withFields(web('nginx:1'), track({ new: web('nginx:1') }));
    expect(track({ old, new: withFields(web('nginx:2'), []) })).toEqual([]);
    const bad = [{ operation: 'Update', apiVersion: 'apps/v1', fieldsType: 'FieldsV1', fieldsV1: { nonsense: {} } }];
    expect(track({ old, new: withFields(web('nginx:1'), bad) })).toEqual(old.metadata.managedFields);
  });

  test('an object nobody tracked stays so', () => {
    expect(trackUpdate({ schema: deploymentSchema, manager: 'x', now, old: web('a'), new: web('b') })).toBeUndefined();
  });

  test('keeps ten updaters and gathers the oldest', () => {
    let object = web('nginx:0');
    let entries = track({ new: object, manager: 'm00' });
    for (let i = 1; i <= 14; i++) {
      const next = web('nginx:0', { annotations: { ...object.metadata.annotations, [`k${i}`]: 'v' } });
      const time = `2026-01-02T03:05:${String(i).padStart(2, '0')}Z`;
      entries = track({
        old: withFields(object, entries),
        new: next,
        manager: `m${String(i).padStart(2, '0')}`,
        now: time,
      });
      object = next;
    }
    expect(entries).toHaveLength(10);
    expect(entries.map((entry) => entry.manager)).toContain('ancient-changes');
    const all = JSON.stringify(entries);
    for (let i = 1; i <= 14; i++) expect(all).toContain(`"f:k${i}"`);
  });

  test('reset fields belong to nobody', () => {
    const next = { ...web('nginx:1'), status: { replicas: 3 } };
    const [entry] = track({ new: next, resetFields: [['status']] });
    expect(entry!.fieldsV1).not.toHaveProperty(['f:status']);
  });
});
