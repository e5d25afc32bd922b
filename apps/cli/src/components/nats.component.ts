import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import {
  clusterIdentities,
  controlPlaneSubscriber,
  natsServerConfig,
  nodeIdentity,
  nodeSubscriber,
  proxySubscriber,
  publisher,
  simulatedNodesSubscriber,
  type ClusterPki,
} from '@nestor/pki';
import { subjectToken } from '@nestor/watch';
import type { ClusterPaths } from '../cluster/cluster-paths';
import type { Component } from './component';
import { processComponent } from './process.component';

export interface NatsSettings {
  program: string;
  paths: ClusterPaths;
  pki: ClusterPki;
  port: number;
  /** Nodes with a kubelet of their own. */
  nodes: readonly string[];
}

/** A nats-server that knows this cluster's identities and lets each hear what it may. */
export function natsServer({ program, paths, pki, port, nodes }: NatsSettings): Component {
  const configFile = paths.inRun('nats.conf');
  return processComponent({
    name: 'nats',
    logFile: paths.log('nats'),
    command: async () => {
      const file = async (identity: Parameters<ClusterPki['client']>[0]) =>
        (await pki.client(identity)).certificateFile;
      writeFileSync(
        configFile,
        natsServerConfig({
          port,
          server: await pki.server('nats', ['127.0.0.1', 'localhost']),
          caFile: pki.caFile,
          users: [
            publisher(await file(clusterIdentities.natsPublisher)),
            controlPlaneSubscriber(await file(clusterIdentities.scheduler)),
            controlPlaneSubscriber(await file(clusterIdentities.controllerManager)),
            proxySubscriber(await file(clusterIdentities.kubeProxy)),
            simulatedNodesSubscriber(await file(clusterIdentities.simulatedNodes)),
            ...(await Promise.all(
              nodes.map(async (node) => nodeSubscriber(await file(nodeIdentity(node)), subjectToken(node))),
            )),
          ],
        }),
      );
      return [program, '-c', configFile];
    },
    ready: () => reachable(port),
  });
}

function reachable(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('error', reject).once('connect', () => {
      socket.destroy();
      resolve();
    });
  });
}
