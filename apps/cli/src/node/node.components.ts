import { existsSync } from 'node:fs';
import { freePort } from '../cluster/ports';
import type { ClusterPaths } from '../cluster/cluster-paths';
import { observedApp, type Flags } from '../components/app.component';
import type { Component } from '../components/component';
import { proxyFlags } from '../components/control-plane.components';
import { containerFlags, denyByDefault } from '../components/node.components';
import { NodePaths, type Membership } from './membership';

export interface NodeContext {
  paths: ClusterPaths;
  membership: Membership;
  tracing: boolean;
  /** How long a node may take until it has its certificate: somebody may have to approve it. */
  joinTimeoutMs: number;
}

/** A kubelet that looks after its certificates by itself and hears of its pods from the API server alone. */
export function memberKubelet({ paths, membership, tracing, joinTimeoutMs }: NodeContext): Component {
  const { nodeName, nodeIp, labels, runtime } = membership;
  const node = new NodePaths(paths);
  const simulated: Flags = { runtime: 'sim', 'node-name-prefix': '', 'root-dir': `${paths.data}/kubelet` };
  return observedApp({
    paths,
    name: 'kubelet',
    app: 'kubelet',
    tracing,
    readyTimeoutMs: joinTimeoutMs,
    flags: async () => ({
      ...(runtime === 'sim' ? simulated : containerFlags(paths)),
      'node-name': nodeName,
      'node-ip': nodeIp,
      'node-labels': labels.length > 0 ? labels.join(',') : undefined,
      'pod-cidr': '',
      port: await freePort(10250),
      kubeconfig: node.kubeconfig,
      // Gone once it has done its work.
      'bootstrap-kubeconfig': existsSync(node.bootstrapKubeconfig) ? node.bootstrapKubeconfig : undefined,
      'cert-dir': node.certificates,
      'client-ca-file': node.caFile,
      ...denyByDefault,
      'rotate-certificates': 'true',
      'rotate-server-certificates': 'true',
    }),
  });
}

/** As the node itself: whatever its kubelet's certificate is at the time. */
export function memberProxy({ paths, membership: { nodeName, runtime }, tracing }: NodeContext): Component {
  return observedApp({
    paths,
    name: 'kube-proxy',
    app: 'kube-proxy',
    tracing,
    flags: async () => ({
      kubeconfig: new NodePaths(paths).kubeconfig,
      'node-name': nodeName,
      ...(await proxyFlags(runtime === 'sim' ? 'none' : 'iptables')),
    }),
  });
}
