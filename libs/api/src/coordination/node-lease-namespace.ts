/** Where each kubelet renews a lease named as its node: NamespaceNodeLease of k8s.io/api. */
export const nodeLeaseNamespace = 'kube-node-lease';
