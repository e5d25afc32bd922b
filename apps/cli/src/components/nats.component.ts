import { readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { createSecureContext } from 'node:tls';
import { followFiles } from '@nestor/config';
import {
  clusterIdentities,
  controlPlaneSubscriber,
  natsPermissions,
  natsServerConfig,
  nodeIdentity,
  nodeSubscriber,
  proxySubscriber,
  publisher,
  simulatedNodesSubscriber,
  type ClusterPki,
  type NatsUser,
  type PemFiles,
} from '@nestor/pki';
import { createLogger } from '@nestor/telemetry';
import { startBusServer, subjectToken } from '@nestor/watch';
import type { ClusterPaths } from '../cluster/cluster-paths';
import type { Component } from './component';
import { processComponent } from './process.component';

const log = createLogger('bus');

export interface BusSettings {
  paths: ClusterPaths;
  pki: ClusterPki;
  port: number;
  /** Nodes with a kubelet of their own. */
  nodes: readonly string[];
}

/** A nats-server that knows this cluster's identities and lets each hear what it may. */
export function natsServer({ program, ...settings }: BusSettings & { program: string }): Component {
  const { paths, pki, port } = settings;
  const configFile = paths.inRun('nats.conf');
  const component = processComponent({
    name: 'nats',
    logFile: paths.log('nats'),
    command: async () => {
      const server = await pki.server('nats', serverNames);
      writeFileSync(
        configFile,
        natsServerConfig({ port, server, caFile: pki.caFile, users: await busUsers(settings) }),
      );
      return [program, '-c', configFile];
    },
    ready: () => reachable(port),
  });
  return {
    ...component,
    start: async () => {
      const running = await component.start();
      const unfollow = followServing(await pki.server('nats', serverNames), () => process.kill(running.pid, 'SIGHUP'));
      void running.exited.then(unfollow);
      return running;
    },
  };
}

/** Tells of a renewed serving certificate once it is whole. */
function followServing({ certificateFile, keyFile }: PemFiles, use: (pair: { cert: string; key: string }) => void) {
  return followFiles({
    paths: { cert: certificateFile, key: keyFile },
    changed: (pair) => {
      createSecureContext(pair);
      use(pair);
      log.info({ certificateFile }, 'serving with a new certificate');
    },
    failed: (error) => log.warn({ certificateFile, error: error.message }, 'serving with the certificate as before'),
  });
}

/** The same messages under the same rules from a broker in this process, for machines without nats-server. */
export function busInThisProcess(settings: BusSettings): Component {
  const { pki, port } = settings;
  return {
    name: 'bus',
    start: async () => {
      const users = await busUsers(settings);
      const server = await pki.server('nats', serverNames);
      const broker = await startBusServer({
        port,
        tls: {
          ca: readFileSync(pki.caFile),
          cert: readFileSync(server.certificateFile),
          key: readFileSync(server.keyFile),
        },
        authorize: ({ commonName }) => natsPermissions(users, commonName),
      });
      const unfollow = followServing(server, (pair) => broker.useCertificate(pair));
      let ended: (how: string) => void;
      const exited = new Promise<string>((resolve) => (ended = resolve));
      const stop = async () => {
        unfollow();
        await broker.close();
        ended('closed');
      };
      return { pid: process.pid, exited, stop };
    },
  };
}

const serverNames = ['127.0.0.1', 'localhost'];

/** Who may use the bus, and for what. */
export async function busUsers({ pki, nodes }: Pick<BusSettings, 'pki' | 'nodes'>): Promise<NatsUser[]> {
  const file = async (identity: Parameters<ClusterPki['client']>[0]) => (await pki.client(identity)).certificateFile;
  return [
    publisher(await file(clusterIdentities.natsPublisher)),
    controlPlaneSubscriber(await file(clusterIdentities.scheduler)),
    controlPlaneSubscriber(await file(clusterIdentities.controllerManager)),
    proxySubscriber(await file(clusterIdentities.kubeProxy)),
    simulatedNodesSubscriber(await file(clusterIdentities.simulatedNodes)),
    ...(await Promise.all(
      nodes.map(async (node) => nodeSubscriber(await file(nodeIdentity(node)), subjectToken(node))),
    )),
  ];
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
