import type { ApiObject } from '@nestor/api';
import type { AdmissionRequest, ObjectReader } from '../../admission-plugin';
import { createKey, createRequest } from '@nestor/pki';
import { NodeRestrictionPlugin } from './node-restriction.plugin';

const object = (kind: string, metadata: object, more: object = {}): ApiObject => ({
  apiVersion: 'v1',
  kind,
  metadata,
  ...more,
});
const onNode = (nodeName: string, more: object = {}) =>
  object('Pod', { name: 'p', uid: 'u1', ...more }, { spec: { nodeName, containers: [] } });
const volumes = [
  { name: 't', projected: { sources: [{ serviceAccountToken: { path: 't' } }] } },
  { name: 'v', projected: { sources: [{ serviceAccountToken: { path: 't', audience: 'vault' } }] } },
  { name: 'i', csi: { driver: 'inline' } },
  { name: 'c', persistentVolumeClaim: { claimName: 'bound' } },
  { name: 'e', ephemeral: {} },
];
const driver = (name: string) =>
  object('CSIDriver', { name }, { spec: { tokenRequests: [{ audience: `of-${name}` }] } });
const claimOf = (name: string, volumeName: string) =>
  object('PersistentVolumeClaim', { name }, { spec: { volumeName } });
const volumeOf = (name: string, of: string) => object('PersistentVolume', { name }, { spec: { csi: { driver: of } } });
const stored: Record<string, ApiObject> = {
  'nodes/a': object('Node', { name: 'a', uid: 'n1' }),
  'pods/p': object('Pod', { name: 'p', uid: 'u1' }, { spec: { nodeName: 'a', containers: [], volumes } }),
  'csidrivers.storage.k8s.io/inline': driver('inline'),
  'csidrivers.storage.k8s.io/claimed': driver('claimed'),
  'csidrivers.storage.k8s.io/made': driver('made'),
  'csidrivers.storage.k8s.io/unused': driver('unused'),
  'persistentvolumeclaims/bound': claimOf('bound', 'pv1'),
  'persistentvolumeclaims/p-e': claimOf('p-e', 'pv2'),
  'persistentvolumes/pv1': volumeOf('pv1', 'claimed'),
  'persistentvolumes/pv2': volumeOf('pv2', 'made'),
  'pods/q': onNode('b'),
};
const reader: ObjectReader = {
  get: (resource, _namespace, name) => Promise.resolve(stored[`${resource}/${name}`]),
  list: () => Promise.resolve([]),
};
const plugin = new NodeRestrictionPlugin(reader, (_user, { audience }) => Promise.resolve(audience === 'by-role'));
const request = (resource: string, more: Partial<AdmissionRequest>): AdmissionRequest => {
  const [main = '', subresource = ''] = resource.split('/');
  const [plural = '', ...group] = main.split('.');
  return {
    operation: 'CREATE',
    group: group.join('.'),
    version: 'v1',
    resource: plural,
    subresource,
    kind: 'X',
    namespace: 'ns',
    name: more.object?.metadata.name ?? more.old?.metadata.name ?? '',
    namespaced: true,
    user: { name: 'system:node:a', groups: ['system:nodes'] },
    dryRun: false,
    warn: () => undefined,
    ...more,
  };
};
const certificateRequest = async (commonName: string): Promise<string> => {
  const pem = await createRequest({ commonName, organizations: ['system:nodes'] }, await createKey());
  return Buffer.from(pem).toString('base64');
};
const owner = { apiVersion: 'v1', kind: 'Node', name: 'a', uid: 'n1', controller: true };
const mirror = (metadata: object = {}, spec: object = {}) =>
  object(
    'Pod',
    { name: 'm', annotations: { 'kubernetes.io/config.mirror': 'x' }, ownerReferences: [owner], ...metadata },
    { spec: { nodeName: 'a', containers: [], ...spec } },
  );
const node = (name: string, labels: object = {}, spec: object = {}) => object('Node', { name, labels }, { spec });
const token = (boundObjectRef?: object, ...audiences: string[]) =>
  object('TokenRequest', { name: 'default' }, { spec: { boundObjectRef, audiences } });
const bound = { apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'u1' };
const claim = (status: object, labels?: object) => object('PersistentVolumeClaim', { name: 'c', labels }, { status });
const update = 'UPDATE' as const;
const remove = 'DELETE' as const;

describe('NodeRestriction', () => {
  it.each<[string, AdmissionRequest, string]>([
    ['a mirror pod', request('pods', { object: mirror() }), ''],
    ['any other pod', request('pods', { object: mirror({ annotations: {} }) }), 'can only create mirror pods'],
    [
      'elsewhere',
      request('pods', { object: mirror({}, { nodeName: 'b' }) }),
      'can only create pods with spec.nodeName set to itself',
    ],
    [
      'of another owner',
      request('pods', { object: mirror({ ownerReferences: [{ ...owner, name: 'b' }] }) }),
      'an owner reference set to itself',
    ],
    [
      'of an owner that was',
      request('pods', { object: mirror({ ownerReferences: [{ ...owner, uid: 'n0' }] }) }),
      'node a UID mismatch: expected n0 got n1',
    ],
    [
      'with secrets',
      request('pods', { object: mirror({}, { volumes: [{ name: 'v', secret: { secretName: 's' } }] }) }),
      'can not create pods that reference secrets',
    ],
    [
      'with a service account',
      request('pods', { object: mirror({}, { serviceAccountName: 's' }) }),
      'can not create pods that reference serviceaccounts',
    ],
    [
      'with a map',
      request('pods', {
        object: mirror({}, { containers: [{ name: 'c', envFrom: [{ configMapRef: { name: 'm' } }] }] }),
      }),
      'can not create pods that reference configmaps',
    ],
    ['deleting its pod', request('pods', { operation: remove, old: onNode('a') }), ''],
    [
      "deleting another's pod",
      request('pods', { operation: remove, old: onNode('b') }),
      'node "a" can only delete pods with spec.nodeName set to itself',
    ],
    [
      'changing a pod',
      request('pods', { operation: update, object: onNode('a'), old: onNode('a') }),
      'unexpected operation "UPDATE", node "a" can only create and delete mirror pods',
    ],
    [
      'binding',
      request('pods/binding', { object: object('Binding', { name: 'p' }) }),
      'unexpected pod subresource "binding"',
    ],
    ['its status', request('pods/status', { operation: update, object: onNode('a'), old: onNode('a') }), ''],
    [
      "another's status",
      request('pods/status', { operation: update, object: onNode('b'), old: onNode('b') }),
      'can only update pod status for pods with spec.nodeName set to itself',
    ],
    [
      'labels through status',
      request('pods/status', { operation: update, object: onNode('a', { labels: { a: 'b' } }), old: onNode('a') }),
      'cannot update labels through pod status',
    ],
    ['evicting its pod', request('pods/eviction', { object: object('Eviction', { name: 'p' }) }), ''],
    [
      "evicting another's pod",
      request('pods/eviction', { object: object('Eviction', { name: 'q' }) }),
      'node a can only evict pods with spec.nodeName set to itself',
    ],
    [
      'registering',
      request('nodes', {
        object: node('a', { 'kubernetes.io/hostname': 'a', 'node.kubernetes.io/x': 'y', team: 't' }),
      }),
      '',
    ],
    ['registering another', request('nodes', { object: node('b') }), 'node "a" is not allowed to modify node "b"'],
    [
      'registering as control plane',
      request('nodes', { object: node('a', { 'node-role.kubernetes.io/control-plane': '' }) }),
      'is not allowed to set the following labels: node-role.kubernetes.io/control-plane',
    ],
    [
      'a restricted label',
      request('nodes', {
        operation: update,
        object: node('a', { 'x.node-restriction.kubernetes.io/y': '1' }),
        old: node('a'),
      }),
      'is not allowed to modify labels: x.node-restriction.kubernetes.io/y',
    ],
    [
      'taints',
      request('nodes/status', {
        operation: update,
        object: node('a'),
        old: node('a', {}, { taints: [{ key: 'k', effect: 'NoSchedule' }] }),
      }),
      'node "a" is not allowed to modify taints',
    ],
    ['a token of its pod', request('serviceaccounts/token', { object: token(bound) }), ''],
    [
      'a token of nobody',
      request('serviceaccounts/token', { object: token() }),
      'node requested token not bound to a pod',
    ],
    [
      "a token of another's pod",
      request('serviceaccounts/token', { object: token({ ...bound, name: 'q' }) }),
      'node requested token bound to a pod scheduled on a different node',
    ],
    [
      'the size of a claim',
      request('persistentvolumeclaims/status', {
        operation: update,
        object: claim({ capacity: { storage: '2' } }),
        old: claim({}),
      }),
      '',
    ],
    [
      'the phase of a claim',
      request('persistentvolumeclaims/status', { operation: update, object: claim({ phase: 'Lost' }), old: claim({}) }),
      'is not allowed to update fields other than status.capacity and status.conditions',
    ],
    [
      'a claim',
      request('persistentvolumeclaims', { operation: update, object: claim({}), old: claim({}) }),
      'may only update PVC status',
    ],
    [
      'its lease',
      request('leases.coordination.k8s.io', { namespace: 'kube-node-lease', object: object('Lease', { name: 'a' }) }),
      '',
    ],
    [
      'a lease elsewhere',
      request('leases.coordination.k8s.io', { object: object('Lease', { name: 'a' }) }),
      'can only access leases in the "kube-node-lease" system namespace',
    ],
    [
      "another's lease",
      request('leases.coordination.k8s.io', { namespace: 'kube-node-lease', object: object('Lease', { name: 'b' }) }),
      'can only access node lease with the same name as the requesting node',
    ],
    [
      "another's CSINode",
      request('csinodes.storage.k8s.io', { object: object('CSINode', { name: 'b' }) }),
      'can only access CSINode with the same name as the requesting node',
    ],
    [
      "another's slice",
      request('resourceslices.resource.k8s.io', {
        object: object('ResourceSlice', { name: 's' }, { spec: { nodeName: 'b' } }),
      }),
      'can only create ResourceSlice with the same NodeName as the requesting node',
    ],
  ])('%s', async (_name, asked, message) => {
    expect(plugin.handles(asked)).toBe(true);
    const error = await admitted(asked);
    if (message) expect(error).toContain(message);
    else expect(error).toBe('');
  });

  const admitted = (asked: AdmissionRequest): Promise<string> =>
    plugin.admit(asked).then(
      () => '',
      (refused: Error) => refused.message,
    );

  it.each(['vault', 'of-inline', 'of-claimed', 'of-made', 'by-role'])(
    'gives tokens for an audience that the pod needs or a role allows: %s',
    async (audience) =>
      expect(await admitted(request('serviceaccounts/token', { object: token(bound, audience) }))).toBe(''),
  );

  it.each([
    [
      ['other'],
      'audience "other" not found in pod spec volume, system:node:a is not authorized to request tokens for this audience',
    ],
    [['of-unused'], 'audience "of-unused" not found in pod spec volume'],
    [['vault', 'of-inline'], 'node may only request 0 or 1 audiences'],
  ])('gives no token for %j', async (audiences, message) =>
    expect(await admitted(request('serviceaccounts/token', { object: token(bound, ...audiences) }))).toContain(message),
  );

  it.each([
    ['secrets', { volumes: [{ name: 'v', azureFile: { secretName: 's', shareName: 'x' } }] }],
    ['secrets', { ephemeralContainers: [{ name: 'd', envFrom: [{ secretRef: { name: 's' } }] }] }],
    ['resourceclaims', { resourceClaims: [{ name: 'd', resourceClaimName: 'c' }] }],
    ['csidrivers (via CSI volumes)', { volumes: [{ name: 'v', csi: { driver: 'd' } }] }],
    ['persistentvolumeclaims', { volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'c' } }] }],
    ['persistentvolumeclaims (via ephemeral volumes)', { volumes: [{ name: 'v', ephemeral: {} }] }],
    [
      'serviceaccounts (via projected volumes)',
      {
        volumes: [{ name: 'v', projected: { sources: [{ downwardAPI: {} }, { serviceAccountToken: { path: 't' } }] } }],
      },
    ],
    [
      'clustertrustbundles',
      { volumes: [{ name: 'v', projected: { sources: [{ clusterTrustBundle: { path: 'c' } }] } }] },
    ],
  ])('makes no mirror pod that needs %s', async (what, spec) =>
    expect(await admitted(request('pods', { object: mirror({}, spec) }))).toContain(
      `node "a" can not create pods that reference ${what}`,
    ),
  );

  it('makes mirror pods with volumes of the node', async () => {
    const own = [
      { name: 'h', hostPath: { path: '/x' } },
      { name: 'd', projected: { sources: [{ downwardAPI: {} }] } },
    ];
    expect(await admitted(request('pods', { object: mirror({}, { volumes: own }) }))).toBe('');
  });

  it('writes nothing into the status of its pod or its Node that others decide', async () => {
    const status = (claim: string) => ({ status: { extendedResourceClaimStatus: { resourceClaimName: claim } } });
    const [before, now] = ['c1', 'c2'].map((claim) => ({ ...onNode('a'), ...status(claim) }));
    const change = request('pods/status', { operation: update, object: now, old: before });
    expect(await admitted(change)).toContain('node "a" cannot update extended resource claim status');
    const owned = object('Node', { name: 'a', ownerReferences: [owner] });
    expect(await admitted(request('nodes', { operation: update, object: owned, old: node('a') }))).toContain(
      'node "a" is not allowed to modify ownerReferences',
    );
  });

  it.each([
    ['kubernetes.io/kubelet-serving', 'system:node:a', ''],
    ['kubernetes.io/kube-apiserver-client-kubelet', 'system:node:a', ''],
    [
      'kubernetes.io/kube-apiserver-client-kubelet',
      'system:node:b',
      'can only create a node CSR with CN=system:node:a',
    ],
    ['kubernetes.io/kube-apiserver-client', 'somebody', ''],
  ])('asks %s for a certificate of %s', async (signerName, commonName, message) => {
    const spec = { signerName, request: await certificateRequest(commonName) };
    const asked = request('certificatesigningrequests.certificates.k8s.io', {
      object: object('CertificateSigningRequest', { name: 'r' }, { spec }),
    });
    const error = await admitted(asked);
    if (message) expect(error).toContain(message);
    else expect(error).toBe('');
  });

  it('asks for no certificate that cannot be read', async () => {
    const spec = { signerName: 'kubernetes.io/kubelet-serving', request: 'eA==' };
    const asked = request('certificatesigningrequests.certificates.k8s.io', {
      object: object('CertificateSigningRequest', { name: 'r' }, { spec }),
    });
    expect(await admitted(asked)).toContain('unable to parse csr: PEM block type must be CERTIFICATE REQUEST');
  });

  it('refuses nothing for what the cache has not heard of', async () => {
    const stale: ObjectReader = {
      ...reader,
      get: (resource, namespace, name, options) =>
        options?.fresh || resource !== 'pods'
          ? reader.get(resource, namespace, name)
          : Promise.resolve(object('Pod', { name, uid: 'u0' }, { spec: { containers: [] } })),
    };
    const late = new NodeRestrictionPlugin(stale, () => Promise.resolve(false));
    await late.admit(request('serviceaccounts/token', { object: token(bound) }));
    await late.admit(request('pods/eviction', { object: object('Eviction', { name: 'p' }) }));
  });

  it('is about nodes alone', () =>
    expect(plugin.handles(request('pods', { user: { name: 'system:node:a', groups: [] } }))).toBe(false));
});
