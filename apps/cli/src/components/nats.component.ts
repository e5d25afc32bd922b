import { readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import { natsServerConfig, type BusTrust } from '@nestor/bus-auth';
import { followFiles } from '@nestor/config';
import type { ClusterPki, PemFiles } from '@nestor/pki';
import { createLogger } from '@nestor/telemetry';
import { startBusServer } from '@nestor/watch';
import type { ClusterPaths } from '../cluster/cluster-paths';
import type { Component } from './component';
import { processComponent } from './process.component';

const log = createLogger('bus');

export interface BusSettings {
  paths: ClusterPaths;
  pki: ClusterPki;
  port: number;
  trust: BusTrust;
}

/** A nats-server that lets in whom this cluster's API server has given credentials. */
export function natsServer({ program, ...settings }: BusSettings & { program: string }): Component {
  const { paths, pki, port, trust } = settings;
  const configFile = paths.inRun('nats.conf');
  const claimsDirectory = join(paths.data, 'bus-claims');
  const component = processComponent({
    name: 'nats',
    logFile: paths.log('nats'),
    command: async () => {
      const tls = await pki.server('nats', serverNames);
      writeFileSync(configFile, natsServerConfig({ port, tls, trust, claimsDirectory }));
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
export function busInThisProcess({ pki, port, trust }: BusSettings): Component {
  return {
    name: 'bus',
    start: async () => {
      const server = await pki.server('nats', serverNames);
      const tls = { cert: readFileSync(server.certificateFile), key: readFileSync(server.keyFile) };
      const broker = await startBusServer({ port, tls, trust });
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

function reachable(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('error', reject).once('connect', () => {
      socket.destroy();
      resolve();
    });
  });
}
