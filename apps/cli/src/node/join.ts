import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { writeKubeconfig, writeWhole } from '@nestor/pki';
import { machineAddress } from '../cluster/addresses';
import { chooseRuntime } from '../cluster/choose-runtime';
import type { ClusterInfo } from '../cluster/cluster-info';
import type { ClusterPaths } from '../cluster/cluster-paths';
import type { Progress } from '../cluster/progress';
import { checkName } from './check-name';
import { discoverCluster, type DiscoverySettings } from './discovery';
import { NodePaths, writeMembership } from './membership';

export interface JoinSettings extends DiscoverySettings {
  paths: ClusterPaths;
  name?: string;
  nodeIp?: string;
  labels: string[];
  runtime: 'auto' | 'containerd' | 'sim';
}

/**
 * Makes this machine a member of the cluster: afterwards everything is written down that it needs to start as its node. The
 * token is not needed any longer than until the node has its certificate.
 */
export async function joinCluster(settings: JoinSettings, progress: Progress): Promise<void> {
  const { paths, token, nodeIp = machineAddress(), labels } = settings;
  const info = await progress.step(`find the cluster at ${settings.endpoint}`, () => discoverCluster(settings));
  const nodeName = (settings.name ?? hostname()).toLowerCase();
  await progress.step(`the name ${nodeName} is free`, () => checkName(info, token, nodeName));
  // Watch events come from the API server, so no bus is needed here.
  const runtime = await chooseRuntime({ runtime: settings.runtime, wantsNats: false }, progress);
  writeFiles(paths, info, token);
  writeMembership(paths, { server: info.server, nodeName, nodeIp, runtime, labels });
}

/** After a join that came to nothing: the next one begins anew. A node that has its certificate stays a member. */
export function forgetUnfinishedJoin(paths: ClusterPaths): void {
  const node = new NodePaths(paths);
  if (existsSync(node.kubeconfig)) return;
  for (const file of [node.membership, node.bootstrapKubeconfig, node.caFile]) rmSync(file, { force: true });
}

function writeFiles(paths: ClusterPaths, { server, caPem }: ClusterInfo, token: string): void {
  const node = new NodePaths(paths);
  mkdirSync(paths.pki, { recursive: true, mode: 0o700 });
  writeWhole(node.caFile, caPem);
  writeKubeconfig(node.bootstrapKubeconfig, { server, caPem, user: 'tls-bootstrap-token-user', token });
}

/** A control plane's folder is not to become a node's. */
export function isControlPlane(paths: ClusterPaths): boolean {
  return existsSync(join(paths.pki, 'ca.key'));
}
