export interface Identity {
  /** The name of its files. */
  file: string;
  commonName: string;
  organizations: readonly string[];
}

/** Who a cluster's own processes are, named as Kubernetes names them. */
export const clusterIdentities = {
  admin: { file: 'admin', commonName: 'kubernetes-admin', organizations: ['system:masters'] },
  scheduler: { file: 'scheduler', commonName: 'system:kube-scheduler', organizations: [] },
  controllerManager: {
    file: 'controller-manager',
    commonName: 'system:kube-controller-manager',
    organizations: [],
  },
  kubeProxy: { file: 'kube-proxy', commonName: 'system:kube-proxy', organizations: ['system:node-proxier'] },
  /** The API server as a client of kubelets; a binding to system:kubelet-api-admin lets it call them. */
  kubeletClient: {
    file: 'apiserver-kubelet-client',
    commonName: 'kube-apiserver-kubelet-client',
    organizations: [],
  },
  /** The one process that runs all simulated nodes. No member of system:nodes: it is no node, and has a grant of its own. */
  simulatedNodes: {
    file: 'simulated-nodes',
    commonName: 'system:nestor:simulated-nodes',
    organizations: [],
  },
} as const satisfies Record<string, Identity>;

export function nodeIdentity(nodeName: string): Identity {
  return { file: `node-${nodeName}`, commonName: `system:node:${nodeName}`, organizations: ['system:nodes'] };
}
