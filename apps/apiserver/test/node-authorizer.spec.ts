import { nodeIdentity } from '@nestor/pki';
import { ApiClient, type Answer, eventually, startApiServer, type TestApiServer } from '@nestor/testing';
import { configMap, pod, serviceAccount } from './objects';

const core = '/api/v1/namespaces/default';
const storage = '/apis/storage.k8s.io/v1';
const devices = '/apis/resource.k8s.io/v1';
const leases = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases';
const nodes = ['n1', 'n2'] as const;
type NodeName = (typeof nodes)[number];
const theOther: Record<NodeName, NodeName> = { n1: 'n2', n2: 'n1' };

const secret = (name: string) => ({ apiVersion: 'v1', kind: 'Secret', metadata: { name } });
const unrelated = (node: string): string => `no relationship found between node '${node}' and this object`;

/** A pod that uses one of everything, and all of that. */
function objectsOf(node: NodeName): [path: string, object: object][] {
  const named = (what: string) => ({ name: `${what}-${node}` });
  const size = { accessModes: ['ReadWriteOnce'], storageClassName: '' };
  return [
    ['/api/v1/nodes', { apiVersion: 'v1', kind: 'Node', metadata: { name: node } }],
    [`${core}/secrets`, secret(`secret-${node}`)],
    [`${core}/secrets`, secret(`stage-${node}`)],
    [`${core}/configmaps`, configMap(`config-${node}`)],
    [`${core}/serviceaccounts`, serviceAccount(`account-${node}`)],
    [
      `${core}/persistentvolumeclaims`,
      {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        metadata: named('claim'),
        spec: { ...size, resources: { requests: { storage: '1Gi' } } },
      },
    ],
    [
      '/api/v1/persistentvolumes',
      {
        apiVersion: 'v1',
        kind: 'PersistentVolume',
        metadata: named('volume'),
        spec: {
          ...size,
          capacity: { storage: '1Gi' },
          claimRef: { namespace: 'default', name: `claim-${node}` },
          csi: {
            driver: 'd.example.com',
            volumeHandle: 'h',
            nodeStageSecretRef: { namespace: 'default', name: `stage-${node}` },
          },
        },
      },
    ],
    [
      `${storage}/volumeattachments`,
      {
        apiVersion: 'storage.k8s.io/v1',
        kind: 'VolumeAttachment',
        metadata: named('attachment'),
        spec: { attacher: 'd.example.com', nodeName: node, source: { persistentVolumeName: `volume-${node}` } },
      },
    ],
    [
      `${storage}/csinodes`,
      { apiVersion: 'storage.k8s.io/v1', kind: 'CSINode', metadata: { name: node }, spec: { drivers: [] } },
    ],
    [
      `${devices}/resourceslices`,
      {
        apiVersion: 'resource.k8s.io/v1',
        kind: 'ResourceSlice',
        metadata: named('slice'),
        spec: {
          nodeName: node,
          driver: 'd.example.com',
          pool: { name: node, generation: 1, resourceSliceCount: 1 },
          devices: [],
        },
      },
    ],
    [
      `${devices}/namespaces/default/resourceclaims`,
      {
        apiVersion: 'resource.k8s.io/v1',
        kind: 'ResourceClaim',
        metadata: named('devices'),
        spec: { devices: { requests: [{ name: 'r', exactly: { deviceClassName: 'c' } }] } },
      },
    ],
    [leases, { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: node }, spec: {} }],
    [
      `${core}/pods`,
      pod(`pod-${node}`, {
        nodeName: node,
        serviceAccountName: `account-${node}`,
        containers: [{ name: 'c', image: 'busybox' }],
        volumes: [
          { name: 's', secret: { secretName: `secret-${node}` } },
          { name: 'm', configMap: { name: `config-${node}` } },
          { name: 'c', persistentVolumeClaim: { claimName: `claim-${node}` } },
        ],
        resourceClaims: [{ name: 'd', resourceClaimName: `devices-${node}` }],
      }),
    ],
  ];
}

describe('what a node may do', () => {
  let server: TestApiServer;
  let admin: ApiClient;
  let kubelets: Record<NodeName, ApiClient>;

  beforeAll(async () => {
    server = await startApiServer({ args: ['--enable-admission-plugins=NodeRestriction'] });
    admin = await ApiClient.of(server);
    const [n1, n2] = await Promise.all(nodes.map((node) => ApiClient.of(server, nodeIdentity(node))));
    kubelets = { n1: n1!, n2: n2! };
    await admin.post(`${core}/serviceaccounts`, serviceAccount());
    for (const [path, object] of nodes.flatMap(objectsOf)) {
      const { code, text } = await admin.post(path, object);
      if (code !== 201) throw new Error(`${path}: ${text}`);
    }
  }, 120_000);
  afterAll(async () => {
    for (const client of [admin, ...Object.values(kubelets ?? {})]) client?.close();
    await server?.stop();
  });

  const refusal = ({ code, body }: Answer) => ({ code, message: body['message'] as unknown });
  const selected = (field: string, value: string): string => `?fieldSelector=${field}%3D${value}`;

  it.each<[string, (of: NodeName) => string]>([
    ['a secret', (of) => `${core}/secrets/secret-${of}`],
    ['a secret of a volume', (of) => `${core}/secrets/stage-${of}`],
    ['a list of one secret', (of) => `${core}/secrets${selected('metadata.name', `secret-${of}`)}`],
    ['a config map', (of) => `${core}/configmaps/config-${of}`],
    ['a list of one config map', (of) => `${core}/configmaps${selected('metadata.name', `config-${of}`)}`],
    ['a service account', (of) => `${core}/serviceaccounts/account-${of}`],
    ['a claim', (of) => `${core}/persistentvolumeclaims/claim-${of}`],
    ['a volume', (of) => `/api/v1/persistentvolumes/volume-${of}`],
    ['an attachment', (of) => `${storage}/volumeattachments/attachment-${of}`],
    ['a resource claim', (of) => `${devices}/namespaces/default/resourceclaims/devices-${of}`],
    ['a resource slice', (of) => `${devices}/resourceslices/slice-${of}`],
    ['a pod', (of) => `${core}/pods/pod-${of}`],
    ['a list of one pod', (of) => `${core}/pods${selected('metadata.name', `pod-${of}`)}`],
  ])('reads %s of its own pods, and none of another node', async (_what, path) => {
    for (const node of nodes) {
      expect((await kubelets[node].get(path(node))).code).toBe(200);
      expect(refusal(await kubelets[node].get(path(theOther[node])))).toEqual({
        code: 403,
        message: expect.stringMatching(
          new RegExp(`forbidden: User "system:node:${node}" cannot .*: ${unrelated(node)}$`),
        ),
      });
    }
  });

  it.each<[string, (of: NodeName) => string, string]>([
    ['Node', (of) => `/api/v1/nodes/${of}`, "node 'n1' cannot read 'n2', only its own Node object"],
    [
      'Node in a list',
      (of) => `/api/v1/nodes${selected('metadata.name', of)}`,
      "node 'n1' cannot read 'n2', only its own Node object",
    ],
    ['lease', (of) => `${leases}/${of}`, 'can only access node lease with the same name as the requesting node'],
    [
      'CSINode',
      (of) => `${storage}/csinodes/${of}`,
      'can only access CSINode with the same name as the requesting node',
    ],
    [
      'pods',
      (of) => `/api/v1/pods${selected('spec.nodeName', of)}`,
      'can only list/watch pods with spec.nodeName field selector',
    ],
    [
      'resource slices',
      (of) => `${devices}/resourceslices${selected('spec.nodeName', of)}`,
      'can only list/watch/deletecollection resourceslices with nodeName field selector',
    ],
  ])('reads its own %s', async (_what, path, why) => {
    expect((await kubelets.n1.get(path('n1'))).code).toBe(200);
    expect(refusal(await kubelets.n1.get(path('n2')))).toEqual({
      code: 403,
      message: expect.stringContaining(`: ${why}`),
    });
  });

  it.each([
    ['secrets', `${core}/secrets`, 'No Object name found'],
    ['secrets of all namespaces', '/api/v1/secrets', 'can only read namespaced object of this type'],
    ['pods', '/api/v1/pods', 'can only list/watch pods with spec.nodeName field selector'],
    ['nodes', '/api/v1/nodes', "node 'n1' cannot read all nodes, only its own Node object"],
    ['leases', leases, 'can only get, create, update, patch, or delete a node lease'],
    ['volumes', '/api/v1/persistentvolumes', 'can only get individual resources of this type'],
    ['service accounts', `${core}/serviceaccounts`, 'can only create tokens for individual service accounts'],
    ['the log of a pod', `${core}/pods/pod-n1/log`, ''],
    ['deployments', '/apis/apps/v1/deployments', ''],
  ])('reads no %s', async (_what, path, why) => {
    const answer = refusal(await kubelets.n1.get(path));
    expect(answer).toEqual({ code: 403, message: expect.stringContaining('User "system:node:n1" cannot ') });
    expect(
      String(answer.message)
        .split(/in the namespace "default"|at the cluster scope|"kube-node-lease"/)
        .at(-1),
    ).toBe(why === '' ? '' : `: ${why}`);
  });

  it('is refused in the words of Kubernetes', async () => {
    expect((await kubelets.n1.get(`${core}/secrets/secret-n2`)).body).toMatchObject({
      reason: 'Forbidden',
      message: `secrets "secret-n2" is forbidden: User "system:node:n1" cannot get resource "secrets" in API group "" in the namespace "default": ${unrelated('n1')}`,
    });
  });

  it('gets tokens for the accounts of its own pods', async () => {
    const ask = async (node: NodeName, of: NodeName, ...audiences: string[]): Promise<Answer> => {
      const { body } = await admin.get(`${core}/pods/pod-${of}`);
      const boundObjectRef = { apiVersion: 'v1', kind: 'Pod', name: `pod-${of}`, uid: body.metadata.uid };
      const request = {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        spec: { boundObjectRef, audiences },
      };
      return kubelets[node].post(`${core}/serviceaccounts/account-${of}/token`, request);
    };
    expect((await ask('n1', 'n1')).code).toBe(201);
    expect(refusal(await ask('n1', 'n2'))).toEqual({ code: 403, message: expect.stringContaining(unrelated('n1')) });
    expect(refusal(await ask('n2', 'n1'))).toEqual({ code: 403, message: expect.stringContaining(unrelated('n2')) });
    expect(refusal(await ask('n1', 'n1', 'vault')).message).toContain(
      'audience "vault" not found in pod spec volume, system:node:n1 is not authorized to request tokens for this audience',
    );
    const rbac = '/apis/rbac.authorization.k8s.io/v1';
    const rules = [{ apiGroups: [''], resources: ['vault'], verbs: ['request-serviceaccounts-token-audience'] }];
    const group = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'system:nodes' };
    await admin.post(`${rbac}/clusterroles`, { metadata: { name: 'vault' }, rules });
    await admin.post(`${rbac}/clusterrolebindings`, {
      metadata: { name: 'vault' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'vault' },
      subjects: [group],
    });
    await eventually(async () => expect((await ask('n1', 'n1', 'vault')).code).toBe(201));
  });

  it('writes the status of its own Node, pods and claims alone', async () => {
    const { n1 } = kubelets;
    const phase = { status: { phase: 'Running' } };
    expect((await n1.patch(`${core}/pods/pod-n1/status`, 'merge', phase)).code).toBe(200);
    expect(refusal(await n1.patch(`${core}/pods/pod-n2/status`, 'merge', phase)).message).toContain(
      'node "n1" can only update pod status for pods with spec.nodeName set to itself',
    );
    const image = { status: { images: [] } };
    expect((await n1.patch('/api/v1/nodes/n1/status', 'merge', image)).code).toBe(200);
    expect(refusal(await n1.patch('/api/v1/nodes/n2/status', 'merge', image)).message).toContain(
      'node "n1" is not allowed to modify node "n2"',
    );
    const size = { status: { capacity: { storage: '2Gi' } } };
    expect((await n1.patch(`${core}/persistentvolumeclaims/claim-n1/status`, 'merge', size)).code).toBe(200);
    expect(refusal(await n1.patch(`${core}/persistentvolumeclaims/claim-n2/status`, 'merge', size)).message).toContain(
      unrelated('n1'),
    );
  });

  it('sees what a pod uses from when it is bound to the node until it is deleted', async () => {
    const { n1, n2 } = kubelets;
    const path = `${core}/secrets/late`;
    await admin.post(`${core}/secrets`, secret('late'));
    const volumes = [{ name: 's', secret: { secretName: 'late' } }];
    await admin.post(`${core}/pods`, pod('late', { volumes }));
    expect((await n1.get(path)).code).toBe(403);
    const target = {
      apiVersion: 'v1',
      kind: 'Binding',
      metadata: { name: 'late' },
      target: { kind: 'Node', name: 'n1' },
    };
    expect((await admin.post(`${core}/pods/late/binding`, target)).code).toBe(201);
    const answers = async (client: ApiClient, code: number) => expect((await client.get(path)).code).toBe(code);
    await eventually(() => answers(n1, 200));
    await answers(n2, 403);
    await admin.delete(`${core}/pods/late?gracePeriodSeconds=0`);
    await eventually(() => answers(n1, 403));
  });

  it('sees the claim and the secrets that come to a pod later', async () => {
    const { n1 } = kubelets;
    const claims = `${devices}/namespaces/default/resourceclaims`;
    await admin.post(`${core}/secrets`, secret('debug'));
    const made = objectsOf('n1').find(([at]) => at === claims)?.[1] as { metadata: object };
    await admin.post(claims, { ...made, metadata: { name: 'made' } });
    await admin.post(
      `${core}/pods`,
      pod('grows', { nodeName: 'n1', resourceClaims: [{ name: 'd', resourceClaimTemplateName: 't' }] }),
    );
    expect((await n1.get(`${claims}/made`)).code).toBe(403);
    expect((await n1.get(`${core}/secrets/debug`)).code).toBe(403);
    const statuses = { status: { resourceClaimStatuses: [{ name: 'd', resourceClaimName: 'made' }] } };
    expect((await admin.patch(`${core}/pods/grows/status`, 'merge', statuses)).code).toBe(200);
    const container = { name: 'debug', image: 'busybox', envFrom: [{ secretRef: { name: 'debug' } }] };
    const more = { spec: { ephemeralContainers: [container] } };
    expect((await admin.patch(`${core}/pods/grows/ephemeralcontainers`, 'strategic', more)).code).toBe(200);
    await eventually(async () => expect((await n1.get(`${claims}/made`)).code).toBe(200));
    await eventually(async () => expect((await n1.get(`${core}/secrets/debug`)).code).toBe(200));
  });

  it('is not opened anything by a mirror pod', async () => {
    const { body } = await admin.get('/api/v1/nodes/n1');
    const mirror = pod('mirror', { nodeName: 'n1', volumes: [{ name: 's', secret: { secretName: 'secret-n2' } }] });
    const owner = { apiVersion: 'v1', kind: 'Node', name: 'n1', uid: body.metadata.uid ?? '', controller: true };
    mirror.metadata = {
      name: 'mirror',
      annotations: { 'kubernetes.io/config.mirror': 'x' },
      ownerReferences: [owner],
    };
    expect(refusal(await kubelets.n1.post(`${core}/pods`, mirror)).message).toContain(
      'node "n1" can not create pods that reference secrets',
    );
    expect((await admin.post(`${core}/pods`, mirror)).code).toBe(201);
    await eventually(async () => expect((await kubelets.n1.get(`${core}/pods/mirror`)).code).toBe(200));
    expect((await kubelets.n1.get(`${core}/secrets/secret-n2`)).code).toBe(403);
  });

  it('may be given more by roles, and tells reviews of both', async () => {
    const review = async (kind: string, spec: object): Promise<unknown> => {
      const path = `/apis/authorization.k8s.io/v1/${kind}`;
      return (await kubelets.n1.post(path, { spec })).body['status'];
    };
    const attributes = { verb: 'get', resource: 'secrets', namespace: 'default', name: 'secret-n2' };
    const access = () => review('selfsubjectaccessreviews', { resourceAttributes: attributes });
    expect(await access()).toEqual({ allowed: false, reason: unrelated('n1') });
    expect(await review('selfsubjectrulesreviews', { namespace: 'default' })).toMatchObject({
      incomplete: true,
      evaluationError: 'node authorizer does not support user rule resolution',
    });
    const rbac = '/apis/rbac.authorization.k8s.io/v1/namespaces/default';
    const rules = [{ apiGroups: [''], resources: ['secrets'], resourceNames: ['secret-n2'], verbs: ['get'] }];
    await admin.post(`${rbac}/roles`, { metadata: { name: 'more' }, rules });
    await admin.post(`${rbac}/rolebindings`, {
      metadata: { name: 'more' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'more' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'system:node:n1' }],
    });
    await eventually(async () => expect(await access()).toMatchObject({ allowed: true }));
    expect((await kubelets.n1.get(`${core}/secrets/secret-n2`)).code).toBe(200);
    expect((await kubelets.n2.get(`${core}/secrets/secret-n1`)).code).toBe(403);
  });

  it('knows as much after a restart', async () => {
    await server.kill();
    await server.restart();
    expect((await kubelets.n1.get(`${core}/secrets/secret-n1`)).code).toBe(200);
    expect((await kubelets.n2.get(`${core}/secrets/secret-n1`)).code).toBe(403);
  });
});
