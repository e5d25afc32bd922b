import { changed, context, created, createErrors, updateErrors } from '../../test/created';
import type { DeviceTaintRule, ResourceClaim, ResourceSlice } from '../meta/json-types';
import { definitionOf } from '../../test/created';

const apiVersion = 'resource.k8s.io/v1';
const claim = {
  apiVersion,
  kind: 'ResourceClaim',
  metadata: { name: 'c', namespace: 'default' },
  spec: { devices: { requests: [{ name: 'gpu', exactly: { deviceClassName: 'gpu' } }] } },
};
const devices = (over: object): object => changed(claim, { spec: { devices: over } });
const request = (over: object): object => devices({ requests: [{ name: 'gpu', ...over }] });
const exactly = (over: object): object => request({ exactly: { deviceClassName: 'gpu', ...over } });
const many = <T>(count: number, one: (at: number) => T): T[] => Array.from({ length: count }, (_, at) => one(at));

describe('ResourceClaim', () => {
  it('counts one device where nothing is said', () => {
    const { spec } = created<ResourceClaim>(claim);
    expect(spec.devices?.requests?.[0]?.exactly).toEqual({
      deviceClassName: 'gpu',
      allocationMode: 'ExactCount',
      count: 1,
    });
    expect(createErrors(claim)).toEqual([]);
  });

  const at = 'spec.devices.requests[0]';
  it.each<[string, object, string[]]>([
    [
      'no request type',
      request({}),
      [`${at}: Required value: exactly one of \`exactly\` or \`firstAvailable\` is required`],
    ],
    [
      'a name with dots',
      request({ name: 'a.b', exactly: { deviceClassName: 'gpu' } }),
      [`${at}.name: Invalid value: "a.b": must not contain dots`],
    ],
    ['no class', exactly({ deviceClassName: '' }), [`${at}.exactly.deviceClassName: Required value`]],
    [
      'a mode unknown',
      exactly({ allocationMode: 'Some' }),
      [`${at}.exactly.allocationMode: Unsupported value: "Some": supported values: "All", "ExactCount"`],
    ],
    [
      'a count with All',
      exactly({ allocationMode: 'All', count: 2 }),
      [`${at}.exactly.count: Invalid value: 2: must not be specified when allocationMode is 'All'`],
    ],
    ['a negative count', exactly({ count: -1 }), [`${at}.exactly.count: Invalid value: -1: must be greater than zero`]],
    ['a selector of nothing', exactly({ selectors: [{}] }), [`${at}.exactly.selectors[0].cel: Required value`]],
    [
      'a toleration with Exists and a value',
      exactly({ tolerations: [{ key: 'a', operator: 'Exists', value: 'x' }] }),
      [`${at}.exactly.tolerations[0].value: Invalid value: "x": must be empty for operator \`Exists\``],
    ],
    [
      'too many alternatives',
      request({ firstAvailable: many(9, (n) => ({ name: `r${n}`, deviceClassName: 'gpu' })) }),
      [`${at}.firstAvailable: Too many: 9: must have at most 8 items`],
    ],
    [
      'too many requests',
      devices({ requests: many(33, (n) => ({ name: `r${n}`, exactly: { deviceClassName: 'gpu' } })) }),
      ['spec.devices.requests: Too many: 33: must have at most 32 items'],
    ],
    [
      'the same request twice',
      devices({ requests: many(2, () => claim.spec.devices.requests[0]) }),
      ['spec.devices.requests[1]: Duplicate value: "gpu"'],
    ],
    [
      'a constraint on an unknown request',
      devices({ constraints: [{ requests: ['nic'], matchAttribute: 'a.com/x' }] }),
      [
        `spec.devices.constraints[0].requests[0]: Invalid value: "nic": must be the name of a request in the claim or the name of a request and a subrequest separated by '/'`,
      ],
    ],
    [
      'an attribute without domain',
      devices({ constraints: [{ matchAttribute: 'x' }] }),
      [
        'spec.devices.constraints[0].matchAttribute: Invalid value: "x": a fully qualified name must be a domain and a name separated by a slash',
      ],
    ],
    [
      'configuration that is no object',
      devices({ config: [{ opaque: { driver: 'd', parameters: [] } }] }),
      ['spec.devices.config[0].opaque.parameters: Invalid value: "<value omitted>": must be a valid JSON object'],
    ],
  ])('refuses %s', (_, object, expected) => expect(createErrors(object)).toEqual(expected));

  it('keeps its spec', () => {
    expect(updateErrors(claim, exactly({ count: 2 }))[0]).toMatch(/^spec: Invalid value: .*: field is immutable$/);
  });
});

describe('the status of a claim', () => {
  const result = { request: 'gpu', driver: 'd.com', pool: 'p', device: 'gpu-0' };
  const allocation = { devices: { results: [result] } };
  const pod = { resource: 'pods', name: 'p', uid: '1' };
  const status = (over: object): object => changed(claim, { status: over });
  const errors = (over: object, before: object = {}): string[] =>
    updateErrors(Object.assign(created(claim), { status: before }), status(over), 'status');

  it('takes an allocation and keeps it until it goes', () => {
    expect(errors({ allocation, reservedFor: [pod] })).toEqual([]);
    const other = { devices: { results: [{ ...result, device: 'gpu-1' }] } };
    const old = Object.assign(created<ResourceClaim>(claim), { status: { allocation } });
    const next = Object.assign(created<ResourceClaim>(claim), { status: { allocation: other } });
    const { validateUpdate } = definitionOf(apiVersion, 'ResourceClaim').strategy;
    const context = { now: '', namespace: '', user: { name: '', groups: [] }, subresource: 'status' };
    expect(validateUpdate?.(next, old, context)).toMatchObject([
      { field: 'status.allocation', detail: 'field is immutable' },
    ]);
    delete (next.status as ResourceClaim['status'])?.allocation;
    expect(validateUpdate?.(next, old, context)).toEqual([]);
  });

  it.each<[string, object, string[]]>([
    [
      'reservations of nothing',
      { reservedFor: [pod] },
      ['status.reservedFor: Forbidden: may not be specified when `allocated` is not set'],
    ],
    [
      'a consumer without uid',
      { allocation, reservedFor: [{ ...pod, uid: '' }] },
      ['status.reservedFor[0].uid: Required value'],
    ],
    [
      'an unknown request',
      { allocation: { devices: { results: [{ ...result, request: 'x' }] } } },
      [
        `status.allocation.devices.results[0].request: Invalid value: "x": must be the name of a request in the claim or the name of a request and a subrequest separated by '/'`,
      ],
    ],
    [
      'a device that is not allocated',
      { allocation, devices: [{ driver: 'd.com', pool: 'p', device: 'other' }] },
      ['status.devices[0]: Invalid value: "d.com/p/other": must be an allocated device in the claim'],
    ],
    [
      'an address without prefix',
      { allocation, devices: [{ driver: 'd.com', pool: 'p', device: 'gpu-0', networkData: { ips: ['10.0.0.1'] } }] },
      [
        'status.devices[0].networkData.ips[0]: Invalid value: "10.0.0.1": must be a valid IP address in CIDR form, (e.g. 10.9.8.7/24 or 2001:db8::1/64)',
      ],
    ],
    [
      'binding conditions alone',
      { allocation: { devices: { results: [{ ...result, bindingConditions: ['ready'] }] } } },
      [
        'status.allocation.devices.results[0].bindingFailureConditions: Invalid value: []: bindingFailureConditions are required to use bindingConditions',
      ],
    ],
  ])('refuses %s', (_, over, expected) => expect(errors(over)).toEqual(expected));
});

describe('ResourceSlice', () => {
  const slice = {
    apiVersion,
    kind: 'ResourceSlice',
    metadata: { name: 's' },
    spec: { driver: 'd.com', nodeName: 'n', pool: { name: 'n', generation: 1, resourceSliceCount: 1 } },
  };
  const spec = (over: object): object => changed(slice, { spec: over });
  const device = (over: object): object => spec({ devices: [{ name: 'gpu-0', ...over }] });

  it('dates its taints, selects by node and driver, and leaves fields of alpha features out', () => {
    const made = created<ResourceSlice>(
      device({ taints: [{ key: 'a', effect: 'NoExecute' }], attributes: { x: { strings: ['a'], int: 1 } } }),
    );
    expect(made.spec.devices?.[0]?.taints?.[0]?.timeAdded).toMatch(/^\d{4}-.*:\d\dZ$/);
    expect(made.spec.devices?.[0]?.attributes).toEqual({ x: { int: 1 } });
    expect(definitionOf(apiVersion, 'ResourceSlice').selectableFields?.(made)).toEqual({
      'spec.nodeName': 'n',
      'spec.driver': 'd.com',
    });
  });

  const nodes = '`nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection`';
  it.each<[string, object, string[]]>([
    ['no nodes', spec({ nodeName: undefined }), [`spec: Required value: exactly one of ${nodes} is required`]],
    [
      'nodes twice',
      spec({ allNodes: true }),
      [
        `spec: Invalid value: "{\`nodeName\`, \`allNodes\`}": exactly one of ${nodes} is required, but multiple fields are set`,
      ],
    ],
    [
      'an empty pool',
      spec({ pool: { resourceSliceCount: 0 } }),
      ['spec.pool.resourceSliceCount: Invalid value: 0: must be greater than zero'],
    ],
    [
      'too many devices',
      spec({ devices: many(129, (n) => ({ name: `d${n}` })) }),
      ['spec.devices: Too many: 129: must have at most 128 items'],
    ],
    [
      'too many tainted devices',
      spec({ devices: many(65, (n) => ({ name: `d${n}`, taints: [{ key: 'a', effect: 'None' }] })) }),
      ['spec.devices: Too many: 65: must have at most 64 items'],
    ],
    [
      'an attribute of two values',
      device({ attributes: { x: { int: 1, bool: true } } }),
      ['spec.devices[0].attributes[x]: Invalid value: {"int":1,"bool":true}: exactly one value must be specified'],
    ],
    [
      'a version that is none',
      device({ attributes: { x: { version: '1.0' } } }),
      [
        'spec.devices[0].attributes[x].version: Invalid value: "1.0": must be a string compatible with semver.org spec 2.0.0',
      ],
    ],
    [
      'a key that is no identifier',
      device({ attributes: { 'a.com/': { int: 1 } } }),
      ['spec.devices[0].attributes: Invalid value: "": the name must not be empty'],
    ],
    [
      'nodes of a device',
      device({ allNodes: true }),
      [
        'spec.devices[0]: Invalid value: null: `nodeName`, `nodeSelector` and `allNodes` can only be set if `perDeviceNodeSelection` is set to true in the ResourceSlice spec',
      ],
    ],
    [
      'counters and devices',
      spec({ devices: [], sharedCounters: [{ name: 'a', counters: { m: { value: '1' } } }] }),
      ['spec: Invalid value: "": only one of `sharedCounters` or `devices` is allowed'],
    ],
    [
      'a policy of a device for one',
      device({ capacity: { m: { value: '8', requestPolicy: { default: '1' } } } }),
      ['spec.devices[0].capacity[m].requestPolicy: Forbidden: allowMultipleAllocations must be true'],
    ],
    [
      'a default off the steps',
      device({
        allowMultipleAllocations: true,
        capacity: { m: { value: '8', requestPolicy: { default: '3', validRange: { min: '2', step: '2' } } } },
      }),
      [
        'spec.devices[0].capacity[m].requestPolicy.validRange.step: Invalid value: "3": value is not a multiple of a given step (2) from (2)',
      ],
    ],
    [
      'a default that is not among the values',
      device({
        allowMultipleAllocations: true,
        capacity: { m: { value: '8', requestPolicy: { default: '3', validValues: ['2', '4'] } } },
      }),
      [
        'spec.devices[0].capacity[m].requestPolicy.validValues: Invalid value: "3": default value is not valid according to the requestPolicy',
      ],
    ],
  ])('refuses %s', (_, object, expected) => expect(createErrors(object)).toEqual(expected));

  it('keeps driver, pool and node', () => {
    const next = spec({ driver: 'e.com', nodeName: 'm', pool: { name: 'm' } });
    expect(updateErrors(slice, next)).toEqual([
      'spec.pool.name: Invalid value: "m": field is immutable',
      'spec.driver: Invalid value: "e.com": field is immutable',
      'spec.nodeName: Invalid value: "m": field is immutable',
    ]);
  });
});

describe.each(['v1beta2', 'v1alpha3'])('DeviceTaintRule %s', (version) => {
  const rule = {
    apiVersion: `resource.k8s.io/${version}`,
    kind: 'DeviceTaintRule',
    metadata: { name: 'r' },
    spec: { deviceSelector: { driver: 'd.com' }, taint: { key: 'broken', effect: 'NoSchedule' } },
  };
  const taint = (over: object): object => changed(rule, { spec: { taint: over } });
  const updated = (before: object, next: object): DeviceTaintRule => {
    const object = created<DeviceTaintRule>(next);
    const { strategy } = definitionOf(rule.apiVersion, 'DeviceTaintRule');
    strategy.prepareForUpdate?.(object, created<DeviceTaintRule>(before), context());
    return object;
  };

  it('taints from now on, without a status of its own', () => {
    const object = created<DeviceTaintRule>(changed(rule, { status: { conditions: [] } }));
    expect(object.status).toEqual({});
    expect(object.spec.taint.timeAdded).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  });

  it.each<[string, object, string[]]>([
    ['all is well', rule, []],
    ['no selector', changed(rule, { spec: { deviceSelector: undefined } }), []],
    ['no effect', taint({ effect: undefined }), ['spec.taint.effect: Required value']],
    [
      'a wrong effect',
      taint({ effect: 'PreferNoSchedule' }),
      ['spec.taint.effect: Unsupported value: "PreferNoSchedule": supported values: "NoExecute", "NoSchedule", "None"'],
    ],
    [
      'a device without a name',
      changed(rule, { spec: { deviceSelector: { device: 'a.b' } } }),
      ['spec.deviceSelector.device: Invalid value: "a.b": must not contain dots'],
    ],
    [
      'a pool without a name',
      changed(rule, { spec: { deviceSelector: { pool: '' } } }),
      ['spec.deviceSelector.pool: Required value'],
    ],
  ])('with %s', (_name, object, expected) => {
    expect(createErrors(object)).toEqual(expected);
  });

  it('has a new time with a new effect, unless it is given one', () => {
    const timeAdded = '2020-01-01T00:00:00Z';
    const before = taint({ timeAdded });
    const timeOf = (next: object): string | undefined => updated(before, next).spec.taint.timeAdded;
    expect(timeOf(taint({ timeAdded, value: 'x' }))).toBe(timeAdded);
    expect(timeOf(taint({ timeAdded, effect: 'NoExecute' }))).toBe(context().now);
    expect(timeOf(taint({ timeAdded: '2021-01-01T00:00:00Z', effect: 'NoExecute' }))).toBe('2021-01-01T00:00:00Z');
  });

  it('keeps at most eight conditions', () => {
    const condition = { status: 'True', reason: 'A', message: '', lastTransitionTime: '2020-01-01T00:00:00Z' };
    const conditions = many(9, (n) => ({ ...condition, type: `C${n}` }));
    expect(updateErrors(rule, changed(rule, { status: { conditions } }), 'status')).toEqual([
      'status.conditions: Too many: 9: must have at most 8 items',
    ]);
  });
});

describe('claims of pods', () => {
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', namespace: 'default' },
    spec: {
      resourceClaims: [{ name: 'gpu', resourceClaimTemplateName: 't' }],
      containers: [{ name: 'main', image: 'x', resources: { claims: [{ name: 'gpu' }] } }],
    },
  };
  it('are known to its containers', () => {
    expect(createErrors(pod)).toEqual([]);
    expect(createErrors(changed(pod, { spec: { resourceClaims: [] } }))).toEqual([
      'spec.containers[0].resources.claims[0]: Not found: "gpu": must be one of the names in pod.spec.resourceClaims which is empty',
    ]);
  });
  it('have one source', () => {
    expect(createErrors(changed(pod, { spec: { resourceClaims: [{ name: 'gpu' }] } }))).toEqual([
      'spec.resourceClaims[0]: Invalid value: {"name":"gpu"}: must specify one of: `resourceClaimName`, `resourceClaimTemplateName`',
    ]);
  });
  it('are named in the status as in the spec', () => {
    const next = changed(pod, { status: { resourceClaimStatuses: [{ name: 'nic' }] } });
    expect(updateErrors(pod, next, 'status')).toEqual([
      'status.resourceClaimStatuses[0].name: Invalid value: "nic": must match the name of an entry in `spec.resourceClaims`',
    ]);
  });
});
