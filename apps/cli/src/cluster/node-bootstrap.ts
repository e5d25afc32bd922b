import { defaultTokenGroup } from '../tokens/token-secret';
import type { ApiConnection } from './api-connection';
import { clusterInfoText } from './cluster-info';

const rbac = 'rbac.authorization.k8s.io';
const rbacPath = `/apis/${rbac}/v1`;
const publicNamespace = 'kube-public';
const certificateRole = (kind: string): string => `system:certificates.k8s.io:certificatesigningrequests:${kind}`;
const nodes = 'system:nodes';

interface RbacObject {
  kind: 'ClusterRole' | 'ClusterRoleBinding' | 'Role' | 'RoleBinding';
  metadata: { name: string; namespace?: string };
  rules?: object[];
  roleRef?: object;
  subjects?: object[];
}

const bindingOf = (name: string, role: string, group: string): RbacObject => ({
  kind: 'ClusterRoleBinding',
  metadata: { name },
  roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: role },
  subjects: [{ apiGroup: rbac, kind: 'Group', name: group }],
});

const getNodes = 'nestor:get-nodes';
const nodeProxier = 'nestor:node-proxier';
const readClusterInfo = 'nestor:bootstrap-signer-clusterinfo';

/**
 * What lets a machine become a node with a bootstrap token (as kubeadm makes it), and a node's kube-proxy work as the node:
 * kubeadm gives it a service account, whose token every node has all the same. Services a node may read anyway.
 */
const rights: readonly RbacObject[] = [
  bindingOf('nestor:kubelet-bootstrap', 'system:node-bootstrapper', defaultTokenGroup),
  bindingOf('nestor:node-autoapprove-bootstrap', certificateRole('nodeclient'), defaultTokenGroup),
  bindingOf('nestor:node-autoapprove-certificate-rotation', certificateRole('selfnodeclient'), nodes),
  {
    kind: 'ClusterRole',
    metadata: { name: getNodes },
    rules: [{ apiGroups: [''], resources: ['nodes'], verbs: ['get'] }],
  },
  bindingOf(getNodes, getNodes, defaultTokenGroup),
  {
    kind: 'ClusterRole',
    metadata: { name: nodeProxier },
    rules: [
      { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['get', 'list', 'watch'] },
      // The routes to other nodes' pods.
      { apiGroups: [''], resources: ['nodes'], verbs: ['list', 'watch'] },
    ],
  },
  bindingOf(nodeProxier, nodeProxier, nodes),
  {
    kind: 'Role',
    metadata: { name: readClusterInfo, namespace: publicNamespace },
    rules: [{ apiGroups: [''], resources: ['configmaps'], resourceNames: ['cluster-info'], verbs: ['get'] }],
  },
  {
    kind: 'RoleBinding',
    metadata: { name: readClusterInfo, namespace: publicNamespace },
    roleRef: { apiGroup: rbac, kind: 'Role', name: readClusterInfo },
    subjects: [{ apiGroup: rbac, kind: 'User', name: 'system:anonymous' }],
  },
];

/** Makes what is missing and tells joining nodes where the API is. Roles that somebody changed are left so. */
export async function ensureNodeBootstrap(api: ApiConnection, server: string, caPem: string): Promise<void> {
  await Promise.all([...rights.map((object) => ensureRight(api, object)), publishClusterInfo(api, server, caPem)]);
}

async function ensureRight(api: ApiConnection, object: RbacObject): Promise<void> {
  const { namespace } = object.metadata;
  const collection = `${object.kind.toLowerCase()}s`;
  const path = `${rbacPath}/${namespace ? `namespaces/${namespace}/` : ''}${collection}`;
  await api.create(path, { apiVersion: `${rbac}/v1`, ...object });
}

/** The controller that signs it adds a signature for each token. */
async function publishClusterInfo(api: ApiConnection, server: string, caPem: string): Promise<void> {
  const path = `/api/v1/namespaces/${publicNamespace}/configmaps`;
  const data = { kubeconfig: clusterInfoText({ server, caPem }) };
  const metadata = { name: 'cluster-info', namespace: publicNamespace };
  const created = await api.create(path, { apiVersion: 'v1', kind: 'ConfigMap', metadata, data });
  if (!created) await api.merge(`${path}/cluster-info`, { data });
}
