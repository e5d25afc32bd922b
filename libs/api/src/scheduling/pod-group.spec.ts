import { changed, created, createErrors, updateErrors } from '../../test/created';
import type { PodGroup } from '../meta/json-types';

const group = {
  apiVersion: 'scheduling.k8s.io/v1alpha2',
  kind: 'PodGroup',
  metadata: { name: 'train', namespace: 'default' },
  spec: { schedulingPolicy: { gang: { minCount: 2 } } },
};
const workload = {
  apiVersion: 'scheduling.k8s.io/v1alpha2',
  kind: 'Workload',
  metadata: { name: 'train', namespace: 'default' },
  spec: { podGroupTemplates: [{ name: 'workers', schedulingPolicy: { basic: {} } }] },
};
const spec = (changes: object) => ({ spec: { ...group.spec, ...changes } });

describe('PodGroup', () => {
  it('defaults its disruption mode and starts without status', () => {
    const { spec: made, status } = created<PodGroup>(changed(group, { status: { conditions: [{ type: 'X' }] } }));
    expect(made?.disruptionMode).toBe('Pod');
    expect(status ?? {}).toEqual({});
  });

  it.each([
    [
      spec({ schedulingPolicy: { gang: null } }),
      ['spec.schedulingPolicy: Invalid value: "": must specify one of: `basic`, `gang`'],
    ],
    [
      spec({ schedulingPolicy: { basic: {}, gang: { minCount: 1 } } }),
      [
        'spec.schedulingPolicy: Invalid value: "{`basic`, `gang`}": exactly one of `basic`, `gang` is required, but multiple fields are set',
      ],
    ],
    [spec({ schedulingPolicy: { gang: { minCount: 0 } } }), ['spec.schedulingPolicy.gang.minCount: Required value']],
    [
      spec({ schedulingPolicy: { gang: { minCount: -1 } } }),
      ['spec.schedulingPolicy.gang.minCount: Invalid value: -1: must be greater than 0'],
    ],
    [
      spec({ schedulingConstraints: { topology: [{ key: 'a' }, { key: 'b' }] } }),
      ['spec.schedulingConstraints.topology: Too many: 2: must have at most 1 items'],
    ],
    [
      spec({ disruptionMode: 'All' }),
      ['spec.disruptionMode: Unsupported value: "All": supported values: "Pod", "PodGroup"'],
    ],
    [
      spec({ podGroupTemplateRef: { workload: { workloadName: '', podGroupTemplateName: 'w' } } }),
      ['spec.podGroupTemplateRef.workload.workloadName: Required value'],
    ],
  ])('refuses %j', (changes, expected) => expect(createErrors(changed(group, changes))).toEqual(expected));

  it('keeps its spec', () => {
    const [error] = updateErrors(group, changed(group, spec({ schedulingPolicy: { gang: { minCount: 3 } } })));
    expect(error).toMatch(/^spec: Invalid value: .*: field is immutable$/);
  });
});

describe('Workload', () => {
  it.each([
    [[], ['spec.podGroupTemplates: Required value: must have at least one item']],
    [
      Array.from({ length: 9 }, (_, at) => ({ name: `t${at}`, schedulingPolicy: { basic: {} } })),
      ['spec.podGroupTemplates: Too many: 9: must have at most 8 items'],
    ],
    [
      [{ name: 'a', schedulingPolicy: { gang: { minCount: 0 } } }],
      ['spec.podGroupTemplates[0].schedulingPolicy.gang.minCount: Required value'],
    ],
  ])('refuses the templates %j', (podGroupTemplates, expected) =>
    expect(createErrors(changed(workload, { spec: { podGroupTemplates } }))).toEqual(expected),
  );

  it('may learn of its controller later, and then keeps it', () => {
    const controllerRef = { apiGroup: 'batch', kind: 'Job', name: 'train' };
    const owned = changed(workload, { spec: { ...workload.spec, controllerRef } });
    expect(updateErrors(workload, owned)).toEqual([]);
    expect(updateErrors(owned, workload)[0]).toMatch(/^spec.controllerRef: Invalid value: .*: field is immutable$/);
  });
});
