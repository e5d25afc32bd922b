import { ApiError, isConditionTrue, type Node } from '@nestor/api';
import { KubernetesClient, refs } from '@nestor/client';
import type { ClusterInfo } from '../cluster/cluster-info';

/** Asks, with the token, whether the token is accepted and the name is free; throws in words for the user where not. */
export async function checkName({ server, caPem }: ClusterInfo, token: string, nodeName: string): Promise<void> {
  const connection = { server, ca: caPem, token: () => token, namespace: '' };
  const client = new KubernetesClient({ connection, component: 'cli' });
  let node: Node;
  try {
    node = await client.resource(refs.nodes).get(nodeName);
  } catch (error) {
    const code = error instanceof ApiError ? error.code : 0;
    if (code === 404) return;
    if (code === 401) {
      throw new Error(
        'the cluster does not accept the token: it has expired, or its usages lack authentication; make a new one there with: nestor token create --print-join-command',
        { cause: error },
      );
    }
    throw new Error(`cannot get Node "${nodeName}": ${(error as Error).message}`, { cause: error });
  } finally {
    client.close();
  }
  if (isConditionTrue(node.status?.conditions, 'Ready')) {
    throw new Error(
      `a Node with name "${nodeName}" and status "Ready" already exists in the cluster. You must delete the existing Node or change the name of this new joining Node (--name)`,
    );
  }
}
