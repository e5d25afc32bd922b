import { clusterIdentities, ClusterPki } from '@nestor/pki';
import { ApiConnection } from './api-connection';
import type { ClusterPaths } from './cluster-paths';

export async function adminConnection(paths: ClusterPaths, port: number): Promise<ApiConnection> {
  const pki = await ClusterPki.open(paths.pki);
  return new ApiConnection(port, pki.caFile, await pki.client(clusterIdentities.admin));
}
