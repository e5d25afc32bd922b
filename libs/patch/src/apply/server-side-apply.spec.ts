import type { ApiObject } from '@nestor/api';
import fc from 'fast-check';
import { deploymentSchema } from '../../test/deployment-schema';
import { checkApplyPatch, serverSideApply, type ApplyRequest, type ApplyResult } from './server-side-apply';
import { trackUpdate } from './track-update';

const now = '2026-01-02T03:04:05Z';

function deployment(spec: object, metadata: object = {}): ApiObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'default', ...metadata },
    spec,
  };
}
const containers = (...list: object[]) => ({ template: { spec: { containers: list } } });

function apply(live: ApiObject | undefined, applied: ApiObject, options: Partial<ApplyRequest> = {}): ApplyResult {
  return serverSideApply({ schema: deploymentSchema, live, applied, manager: 'a', force: false, now, ...options });
}
function update(live: ApiObject, next: ApiObject, manager: string): ApiObject {
  const managedFields = trackUpdate({ schema: deploymentSchema, old: live, new: next, manager, now });
  return { ...next, metadata: { ...next.metadata, managedFields } };
}
const owned = (result: ApplyResult, manager: string) =>
  result.managedFields.find((entry) => entry.manager === manager)?.fieldsV1;
function statusOf(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return (error as { status: unknown }).status;
  }
  throw new Error('nothing was thrown');
}

describe('serverSideApply', () => {
  test('creates, owning exactly what was said', () => {
    const result = apply(undefined, deployment({ replicas: 2, ...containers({ name: 'c', image: 'x' }) }));
    expect(result.changed).toBe(true);
    expect(result.managedFields).toEqual([
      {
        manager: 'a',
        operation: 'Apply',
        apiVersion: 'apps/v1',
        time: now,
        fieldsType: 'FieldsV1',
        fieldsV1: {
          'f:spec': {
            'f:replicas': {},
            'f:template': {
              'f:spec': { 'f:containers': { 'k:{"name":"c"}': { '.': {}, 'f:image': {}, 'f:name': {} } } },
            },
          },
        },
      },
    ]);
    expect(result.object.metadata.managedFields).toEqual(result.managedFields);
  });

  test('the same apply again changes nothing', () => {
    const first = apply(undefined, deployment({ replicas: 2 }));
    const again = apply(first.object, deployment({ replicas: 2 }), { now: '2027-01-01T00:00:00Z' });
    expect(again.changed).toBe(false);
    expect(again.object).toBe(first.object);
  });

  test('reports a conflict with an updater as Kubernetes words it', () => {
    const live = update(
      apply(undefined, deployment({ replicas: 2 })).object,
      deployment({ replicas: 3 }),
      'kubectl-edit',
    );
    expect(statusOf(() => apply(live, deployment({ replicas: 2 })))).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: 'Apply failed with 1 conflict: conflict with "kubectl-edit" using apps/v1: .spec.replicas',
      reason: 'Conflict',
      details: {
        causes: [
          {
            reason: 'FieldManagerConflict',
            message: 'conflict with "kubectl-edit" using apps/v1',
            field: '.spec.replicas',
          },
        ],
      },
      code: 409,
    });
  });

  test('lists several conflicts by manager', () => {
    const first = deployment({ replicas: 1, paused: true, ...containers({ name: 'c', image: 'x' }) });
    const live = apply(undefined, first, { manager: 'one' }).object;
    const other = deployment({ replicas: 2, ...containers({ name: 'c', image: 'y' }) });
    expect(statusOf(() => apply(live, other, { manager: 'two' }))).toMatchObject({
      message:
        'Apply failed with 2 conflicts: conflicts with "one":\n- .spec.replicas\n- .spec.template.spec.containers[name="c"].image',
    });
  });

  test('force takes the field over', () => {
    const live = update(apply(undefined, deployment({ replicas: 2 })).object, deployment({ replicas: 3 }), 'edit');
    const result = apply(live, deployment({ replicas: 2 }), { force: true });
    expect(result.object.spec).toEqual({ replicas: 2 });
    expect(result.managedFields.map((entry) => entry.manager)).toEqual(['a']);
  });

  test('equal values are co-owned, and stay until the last owner lets go', () => {
    const one = apply(undefined, deployment({ replicas: 2, paused: true })).object;
    const two = apply(one, deployment({ replicas: 2 }), { manager: 'b' });
    expect(two.changed).toBe(true);
    const dropped = apply(two.object, deployment({ paused: true }));
    expect(dropped.object.spec).toEqual({ replicas: 2, paused: true });
    const gone = apply(dropped.object, deployment({}), { manager: 'b' });
    expect(gone.object.spec).toEqual({ paused: true });
    expect(owned(gone, 'b')).toEqual({ 'f:spec': {} });
  });

  test('removes list items, map keys and structs the applier no longer wants', () => {
    const full = deployment(
      { strategy: { type: 'X' }, ...containers({ name: 'c', image: 'x' }, { name: 'd', image: 'y' }) },
      { labels: { k: 'v', l: 'w' } },
    );
    const live = apply(undefined, full).object;
    const result = apply(live, deployment(containers({ name: 'd', image: 'y' }), { labels: { l: 'w' } }));
    expect(result.object.spec).toEqual(containers({ name: 'd', image: 'y' }));
    expect(result.object.metadata.labels).toEqual({ l: 'w' });
  });

  test('an item somebody else added to stays with their fields', () => {
    const live = apply(undefined, deployment(containers({ name: 'c', image: 'x' }))).object;
    const env = containers({ name: 'c', env: [{ name: 'E', value: '1' }] });
    const both = apply(live, deployment(env), { manager: 'b' }).object;
    const result = apply(both, deployment({}), { manager: 'a' });
    expect(result.object.spec).toEqual(env);
  });

  test('values an updater set inside a dropped struct survive', () => {
    const live = apply(undefined, deployment({ strategy: { type: 'X' } })).object;
    const edited = update(live, deployment({ strategy: { type: 'X', rollingUpdate: { maxSurge: 1 } } }), 'edit');
    expect(apply(edited, deployment({})).object.spec).toEqual({ strategy: { rollingUpdate: { maxSurge: 1 } } });
  });

  test('keeps the place of others’ list items', () => {
    const live = apply(undefined, deployment(containers({ name: 'a' }, { name: 'x' }, { name: 'b' }))).object;
    const result = apply(live, deployment(containers({ name: 'b', image: '1' }, { name: 'new' })), { manager: 'b' });
    const list = (result.object.spec as { template: { spec: { containers: { name: string }[] } } }).template.spec
      .containers;
    expect(list.map((item) => item.name)).toEqual(['a', 'x', 'b', 'new']);
  });

  test('an atomic map is owned and replaced as one', () => {
    const live = apply(undefined, deployment({ selector: { matchLabels: { a: '1' } } })).object;
    const other = deployment({ selector: { matchLabels: { b: '1' } } });
    expect(statusOf(() => apply(live, other, { manager: 'b' }))).toMatchObject({
      message: 'Apply failed with 1 conflict: conflict with "a": .spec.selector',
    });
    expect(apply(live, other, { manager: 'b', force: true }).object.spec).toEqual(other.spec);
  });

  test('what lived before the first apply belongs to before-first-apply', () => {
    const result = apply(deployment({ replicas: 3 }), deployment({ paused: true }));
    expect(owned(result, 'before-first-apply')).toEqual({ 'f:spec': { 'f:replicas': {} } });
  });

  test('kubectl takes over what it applied client-side and refreshes its annotation', () => {
    const annotation = (replicas: number) => ({
      'kubectl.kubernetes.io/last-applied-configuration': `${JSON.stringify(deployment({ replicas }))}\n`,
    });
    const created = deployment({ replicas: 2 }, { annotations: annotation(2) });
    const live = {
      ...created,
      metadata: {
        ...created.metadata,
        managedFields: trackUpdate({
          schema: deploymentSchema,
          new: created,
          manager: 'kubectl-client-side-apply',
          now,
        }),
      } as ApiObject['metadata'],
    };
    expect(statusOf(() => apply(live, deployment({ replicas: 4 }), { manager: 'other' }))).toMatchObject({
      message: 'Apply failed with 1 conflict: conflict with "kubectl-client-side-apply" using apps/v1: .spec.replicas',
    });
    const result = apply(live, deployment({ replicas: 4 }), { manager: 'kubectl' });
    expect(result.object.spec).toEqual({ replicas: 4 });
    expect(result.object.metadata.annotations).toEqual(annotation(4));
  });

  test.each([
    [
      'an unknown field',
      deployment({ frob: 1 }),
      500,
      'failed to create typed patch object (default/web; apps/v1, Kind=Deployment): .spec.frob: field not declared in schema',
    ],
    [
      'a wrong type',
      deployment({ replicas: 'x' }),
      500,
      'failed to create typed patch object (default/web; apps/v1, Kind=Deployment): .spec.replicas: expected numeric (int or float), got string',
    ],
    [
      'a doubled list item',
      deployment(containers({ name: 'c' }, { name: 'c' })),
      500,
      'failed to create typed patch object (default/web; apps/v1, Kind=Deployment): .spec.template.spec.containers: duplicate entries for key [name="c"]',
    ],
    ['managedFields in the patch', deployment({}, { managedFields: [] }), 400, 'metadata.managedFields must be nil'],
  ])('refuses %s', (_, applied, code, message) => {
    expect(statusOf(() => apply(undefined, applied))).toMatchObject({ code, message });
  });

  test('names the empty group before the version of a core kind', () => {
    const schema = { type: 'object', properties: { metadata: { type: 'object' } } } as const;
    const applied = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x' }, nope: 1 };
    expect(statusOf(() => checkApplyPatch({ schema, applied, apiVersion: 'v1' }))).toMatchObject({
      message:
        'failed to create typed patch object (/x; /v1, Kind=ConfigMap): errors:\n  .apiVersion: field not declared in schema\n  .kind: field not declared in schema\n  .nope: field not declared in schema',
    });
    expect(statusOf(() => checkApplyPatch({ schema, applied, apiVersion: 'v2' }))).toMatchObject({
      code: 400,
      message: 'Incorrect version specified in apply patch. Specified patch version: v1, expected: v2',
    });
  });

  const anySpec = fc.record(
    {
      replicas: fc.integer({ min: 0, max: 3 }),
      paused: fc.boolean(),
      selector: fc.record({ matchLabels: fc.dictionary(fc.constantFrom('a', 'b'), fc.constantFrom('1', '2')) }),
      strategy: fc.record({ type: fc.constantFrom('A', 'B'), rollingUpdate: fc.constant({}) }, { requiredKeys: [] }),
      template: fc.record({
        spec: fc.record({
          containers: fc.uniqueArray(
            fc.record(
              { name: fc.constantFrom('a', 'b', 'c'), image: fc.constantFrom('1', '2') },
              { requiredKeys: ['name'] },
            ),
            { minLength: 1, selector: (item) => item.name },
          ),
        }),
      }),
    },
    { requiredKeys: [] },
  );

  test('for any history: applying twice equals once, and what is applied is there', () => {
    const steps = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), anySpec), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(steps, (history) => {
        let live: ApiObject | undefined;
        for (const [manager, spec] of history) {
          // The label: as in Kubernetes, an apply of nothing but empty lists would own nothing and leave no entry.
          const wanted = deployment(spec, { labels: { [manager]: 'x' } });
          const before = live && JSON.stringify(live);
          const result = apply(live, wanted, { manager, force: true });
          expect(live && JSON.stringify(live)).toBe(before);
          const again = apply(result.object, wanted, { manager, force: true });
          expect(again.object).toEqual(result.object);
          expect(again.changed).toBe(false);
          live = result.object;
          expect(live.spec ?? {}).toMatchObject(containersAsSet(spec) as object);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('one applier’s drop of everything leaves what it never said', () => {
    fc.assert(
      fc.property(anySpec, anySpec, (mine, theirs) => {
        const start = apply(undefined, deployment(theirs), { manager: 'b' }).object;
        const both = apply(start, deployment(mine), { manager: 'a', force: true }).object;
        const theirsStill = apply(both, deployment(theirs), { manager: 'b', force: true }).object;
        const entries = apply(theirsStill, deployment({}), { manager: 'a' }).managedFields;
        expect(
          entries.every((entry) => entry.manager !== 'a' || JSON.stringify(entry.fieldsV1) === '{"f:spec":{}}'),
        ).toBe(true);
      }),
    );
  });
});

/** Item order is not part of what an applier is promised. */
function containersAsSet(spec: object): unknown {
  const { template, ...rest } = spec as { template?: { spec: { containers: object[] } } };
  if (!template) return rest;
  return {
    ...rest,
    template: {
      spec: {
        containers: expect.arrayContaining(template.spec.containers.map((item) => expect.objectContaining(item))),
      },
    },
  };
}
