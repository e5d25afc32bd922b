import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeWhole } from '@nestor/pki';
import type { ClusterPaths } from '../cluster/cluster-paths';

/** What makes a data folder that of a node which has joined a cluster elsewhere. */
export interface Membership {
  /** URL of the API server. */
  server: string;
  nodeName: string;
  nodeIp: string;
  runtime: 'containerd' | 'sim';
  labels: string[];
}

/** Where a node keeps what it is. */
export class NodePaths {
  constructor(readonly paths: ClusterPaths) {}

  get membership(): string {
    return join(this.paths.data, 'node.json');
  }

  get caFile(): string {
    return join(this.paths.pki, 'ca.crt');
  }

  /** With the token; only until the node has a certificate. */
  get bootstrapKubeconfig(): string {
    return join(this.paths.data, 'bootstrap-kubelet.conf');
  }

  get kubeconfig(): string {
    return join(this.paths.data, 'kubelet.conf');
  }

  /** Of the kubelet's own certificates. */
  get certificates(): string {
    return join(this.paths.data, 'kubelet', 'pki');
  }
}

export function readMembership(paths: ClusterPaths): Membership | undefined {
  const { membership } = new NodePaths(paths);
  return existsSync(membership) ? (JSON.parse(readFileSync(membership, 'utf8')) as Membership) : undefined;
}

export function writeMembership(paths: ClusterPaths, membership: Membership): void {
  writeWhole(new NodePaths(paths).membership, `${JSON.stringify(membership, null, 2)}\n`);
}
