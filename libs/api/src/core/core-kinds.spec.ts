import { changed, context, created, createErrors, definitionOf, updateErrors } from '../../test/created';
import type { ApiObject, Namespace, Node, Secret, Service } from '../meta/json-types';

const base = (kind: string, rest: object, apiVersion = 'v1') => ({
  apiVersion,
  kind,
  metadata: { name: 'x', namespace: 'default' },
  ...rest,
});
const cells = (object: ApiObject): unknown[] =>
  definitionOf(object.apiVersion, object.kind).cells(object, new Date('2026-01-01T00:00:00Z'));

describe('ConfigMap', () => {
  const map = base('ConfigMap', { data: { a: '1' } });
  it.each<[object, string[]]>([
    [map, []],
    [
      changed(map, { data: { 'a/b': '1' } }),
      [expect.stringContaining('data[a/b]: Invalid value: "a/b": a valid config key must consist of') as string],
    ],
    [
      changed(map, { binaryData: { a: 'YQ==' } }),
      ['data[a]: Invalid value: "a": duplicate of key present in binaryData'],
    ],
    [changed(map, { data: { a: 'x'.repeat(1024 * 1024 + 1) } }), [': Too long: may not be more than 1048576 bytes']],
  ])('%#', (manifest, messages) => expect(createErrors(manifest)).toEqual(messages));

  it('stays as it is once immutable', () => {
    const fixed = changed(map, { immutable: true });
    expect(updateErrors(fixed, changed(fixed, { data: { a: '2' } }))).toEqual([
      'data: Forbidden: field is immutable when `immutable` is set',
    ]);
    expect(updateErrors(fixed, map)).toEqual(['immutable: Forbidden: field is immutable when `immutable` is set']);
  });
  it('counts its keys', () => expect(cells(created(map)).slice(0, 2)).toEqual(['x', 1]));
});

describe('Secret', () => {
  const secret = base('Secret', { stringData: { user: 'me' } });
  it('takes plain text in and never keeps it', () => {
    const stored = created<Secret>(secret);
    expect(stored).toMatchObject({ type: 'Opaque', data: { user: 'bWU=' } });
    expect(stored).not.toHaveProperty('stringData');
  });
  it.each<[object, string[]]>([
    [
      base('Secret', { type: 'kubernetes.io/tls', data: {} }),
      ['data[tls.crt]: Required value', 'data[tls.key]: Required value'],
    ],
    [base('Secret', { type: 'kubernetes.io/dockerconfigjson' }), ['data[.dockerconfigjson]: Required value']],
    [base('Secret', { type: 'kubernetes.io/ssh-auth' }), ['data[ssh-privatekey]: Required value']],
  ])('%#', (manifest, messages) => expect(createErrors(manifest)).toEqual(messages));
  it('keeps its type', () => {
    expect(updateErrors(secret, changed(secret, { type: 'other' }))).toEqual([
      'type: Invalid value: "other": field is immutable',
    ]);
  });
});

describe('Namespace', () => {
  it('is active, labelled and finalized by the namespace controller', () => {
    expect(created<Namespace>({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'ns' } })).toMatchObject({
      metadata: { labels: { 'kubernetes.io/metadata.name': 'ns' } },
      spec: { finalizers: ['kubernetes'] },
      status: { phase: 'Active' },
    });
  });
  it('gives up spec.finalizers through finalize alone', () => {
    const old = created<Namespace>({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'ns' } });
    const { strategy } = definitionOf('v1', 'Namespace');
    const put = (subresource: string): Namespace => {
      const next = { ...structuredClone(old), spec: { finalizers: [] } };
      strategy.prepareForUpdate?.(next, old, context(subresource));
      return next;
    };
    expect(put('').spec?.finalizers).toEqual(['kubernetes']);
    expect(put('finalize').spec?.finalizers).toEqual([]);
  });
});

describe('Node', () => {
  const node = {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'n1', labels: { 'node-role.kubernetes.io/worker': '' } },
  };
  it('registers with its status and copies capacity', () => {
    expect(created<Node>({ ...node, status: { capacity: { cpu: '2000m' } } }).status).toMatchObject({
      capacity: { cpu: '2' },
      allocatable: { cpu: '2' },
    });
  });
  it.each<[object, string, string]>([
    [{}, 'Unknown', 'worker'],
    [{ status: { conditions: [{ type: 'Ready', status: 'True' }] } }, 'Ready', 'worker'],
    [
      { spec: { unschedulable: true }, status: { conditions: [{ type: 'Ready', status: 'False' }] } },
      'NotReady,SchedulingDisabled',
      'worker',
    ],
  ])('%j is shown %s', (extra, status, roles) => {
    expect(cells({ ...node, ...extra }).slice(0, 3)).toEqual(['n1', status, roles]);
  });
  it('refuses bad and double taints', () => {
    const taint = { key: 'a', effect: 'NoSchedule' };
    expect(createErrors({ ...node, spec: { taints: [taint, taint, { key: 'b', effect: 'Never' }] } })).toEqual([
      'spec.taints[1]: Duplicate value: {"key":"a","effect":"NoSchedule"}: taints must be unique by key and effect pair',
      'spec.taints[2].effect: Unsupported value: "Never": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"',
    ]);
  });
});

describe('Service', () => {
  const service = base('Service', { spec: { selector: { app: 'web' }, ports: [{ port: 80 }] } });
  it('is stored with its defaults', () => {
    expect(created<Service>(service).spec).toEqual({
      type: 'ClusterIP',
      sessionAffinity: 'None',
      internalTrafficPolicy: 'Cluster',
      selector: { app: 'web' },
      ports: [{ port: 80, targetPort: 80, protocol: 'TCP' }],
    });
    expect(
      created<Service>(changed(service, { spec: { type: 'NodePort', sessionAffinity: 'ClientIP' } })).spec,
    ).toMatchObject({
      externalTrafficPolicy: 'Cluster',
      sessionAffinityConfig: { clientIP: { timeoutSeconds: 10800 } },
    });
  });
  it.each<[string, object, string[]]>([
    ['nothing wrong', {}, []],
    ['no ports', { ports: [] }, ['spec.ports: Required value']],
    [
      'ports without names',
      { ports: [{ port: 1 }, { port: 2 }] },
      ['spec.ports[0].name: Required value', 'spec.ports[1].name: Required value'],
    ],
    [
      'a strange type',
      { type: 'Odd' },
      [
        'spec.type: Unsupported value: "Odd": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"',
      ],
    ],
    [
      'a bad address',
      { clusterIP: 'x' },
      ['spec.clusterIPs[0]: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'],
    ],
    [
      'a node port',
      { ports: [{ port: 1, nodePort: 30000 }] },
      ["spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'"],
    ],
    ['no external name', { type: 'ExternalName' }, ['spec.externalName: Required value']],
  ])('with %s', (_, spec, messages) => expect(createErrors(changed(service, { spec }))).toEqual(messages));

  it('keeps what was allocated', () => {
    const given = changed(service, { spec: { clusterIP: '10.96.0.7' } });
    expect(updateErrors(given, service)).toEqual([]);
    const patched = { clusterIP: '10.96.0.8', clusterIPs: ['10.96.0.7'] };
    expect(updateErrors(given, changed(service, { spec: patched }))).toEqual([
      'spec.clusterIPs[0]: Invalid value: ["10.96.0.8"]: may not change once set',
    ]);
    expect(updateErrors(given, changed(service, { spec: { clusterIP: '10.96.0.8' } }))).toEqual([
      'spec.clusterIPs: Invalid value: ["10.96.0.7"]: first value must match `clusterIP`',
    ]);
  });
  it.each<[object, string[]]>([
    [{ clusterIP: '10.0.0.1' }, ['ClusterIP', '10.0.0.1', '<none>', '80/TCP']],
    [
      { clusterIP: '10.0.0.1', type: 'LoadBalancer', ports: [{ port: 80, nodePort: 30080 }] },
      ['LoadBalancer', '10.0.0.1', '<pending>', '80:30080/TCP'],
    ],
    [{ type: 'ExternalName', externalName: 'a.b', ports: [] }, ['ExternalName', '<none>', 'a.b', '<none>']],
  ])('%j is shown %j', (spec, row) => {
    expect(cells(created(changed(service, { spec }))).slice(1, 5)).toEqual(row);
  });
});

describe('Endpoints and EndpointSlice', () => {
  const subset = { addresses: ['1', '2', '3', '4'].map((n) => ({ ip: `10.0.0.${n}` })), ports: [{ port: 80 }] };
  it('show three endpoints and how many more', () => {
    expect(cells(created(base('Endpoints', { subsets: [subset] })))[1]).toBe(
      '10.0.0.1:80,10.0.0.2:80,10.0.0.3:80 + 1 more...',
    );
    const slice = base(
      'EndpointSlice',
      { addressType: 'IPv4', ports: [{ port: 80 }], endpoints: [{ addresses: ['10.0.0.1'] }] },
      'discovery.k8s.io/v1',
    );
    expect(cells(created(slice)).slice(1, 4)).toEqual(['IPv4', '80', '10.0.0.1']);
  });
  it('refuse addresses that lead elsewhere', () => {
    expect(createErrors(base('Endpoints', { subsets: [{ addresses: [{ ip: '127.0.0.1' }] }] }))).toEqual([
      'subsets[0].addresses[0].ip: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
    ]);
    const slice = base(
      'EndpointSlice',
      { addressType: 'IPv4', endpoints: [{ addresses: ['::2'] }] },
      'discovery.k8s.io/v1',
    );
    expect(createErrors(slice)).toEqual([
      'endpoints[0].addresses[0]: Invalid value: "::2": must be a valid IPv4 address',
    ]);
    expect(updateErrors(slice, { ...slice, addressType: 'IPv6' })).toContain(
      'addressType: Invalid value: "IPv6": field is immutable',
    );
  });
});

describe('Lease', () => {
  it('lasts', () => {
    const lease = base('Lease', { spec: { leaseDurationSeconds: 0 } }, 'coordination.k8s.io/v1');
    expect(createErrors(lease)).toEqual(['spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0']);
  });
});

describe('Event', () => {
  const event = base('Event', {
    involvedObject: { kind: 'Pod', name: 'web', namespace: 'default' },
    reason: 'Started',
    message: 'Started container\n',
    type: 'Normal',
    source: { component: 'kubelet', host: 'n1' },
    firstTimestamp: '2025-12-31T23:59:00Z',
    lastTimestamp: '2025-12-31T23:59:50Z',
    count: 3,
  });
  it('is listed as kubectl does', () => {
    expect(cells(created(event))).toEqual([
      '10s',
      'Normal',
      'Started',
      'pod/web',
      '',
      'kubelet, n1',
      'Started container',
      '60s',
      3,
      'x',
    ]);
  });
  it('belongs to the namespace of its object', () => {
    expect(createErrors(changed(event, { involvedObject: { namespace: 'other' } }))).toEqual([
      'involvedObject.namespace: Invalid value: "other": does not match event.namespace',
    ]);
  });
  it('is the same event in both groups', () => {
    const newer = definitionOf('events.k8s.io/v1', 'Event');
    const served = newer.conversion?.fromStorage(event);
    expect(served).toMatchObject({
      apiVersion: 'events.k8s.io/v1',
      regarding: { name: 'web' },
      note: 'Started container\n',
      deprecatedCount: 3,
    });
    expect(newer.conversion?.toStorage(served as ApiObject)).toMatchObject({ ...event, apiVersion: 'v1' });
    expect(newer.selectableFields?.(served as ApiObject)).toMatchObject({ 'regarding.name': 'web', reason: 'Started' });
  });
});
