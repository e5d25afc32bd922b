import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CriRuntime, ensurePauseImage, renderContainerdConfig } from '@nestor/cri';
import { clusterIdentities, nodeIdentity } from '@nestor/pki';
import { cniBinaries, containerdSettings } from '../cluster/container-cleanup';
import type { ClusterPaths } from '../cluster/cluster-paths';
import { findProgram } from '../cluster/find-program';
import { freePort } from '../cluster/ports';
import type { Flags } from './app.component';
import type { Component } from './component';
import { clientComponent, type ClusterContext } from './control-plane.components';
import { processComponent } from './process.component';

/** A containerd of the cluster's own, beside any other on the machine. */
export function containerd(paths: ClusterPaths): Component {
  const settings = containerdSettings(paths);
  const configFile = join(settings.dir, 'containerd.toml');
  return processComponent({
    name: 'containerd',
    logFile: paths.log('containerd'),
    command: () => {
      for (const folder of [settings.dir, dirname(settings.address), settings.cniConfDir]) {
        mkdirSync(folder, { recursive: true });
      }
      writeFileSync(configFile, renderContainerdConfig(settings));
      return [findProgram('containerd') ?? 'containerd', '--config', configFile];
    },
    ready: async () => {
      const runtime = new CriRuntime(settings.address);
      try {
        await runtime.version();
      } finally {
        runtime.close();
      }
      await ensurePauseImage(settings.address);
    },
  });
}

/** What a kubelet is told of the machine's containers. */
export function containerFlags(paths: ClusterPaths): Flags {
  return {
    runtime: 'containerd',
    'container-runtime-endpoint': paths.containerdSocket,
    'root-dir': join(paths.data, 'kubelet'),
    'cni-conf-dir': paths.cniConfig,
    'cni-bin-dir': cniBinaries(),
  };
}

/** Nobody calls a kubelet whom the cluster does not know and allow. */
export const denyByDefault: Flags = {
  'anonymous-auth': 'false',
  'authentication-token-webhook': 'true',
  'authorization-mode': 'Webhook',
  'read-only-port': 0,
};

/** The kubelet of this machine. */
export function kubelet(context: ClusterContext, nodeName: string): Component {
  const { paths, pki } = context;
  return clientComponent(context, 'kubelet', nodeIdentity(nodeName), async () => {
    const { server } = await pki.kubelet(nodeName, ['127.0.0.1', 'localhost', context.advertiseAddress]);
    return {
      ...containerFlags(paths),
      'node-name': nodeName,
      'pod-cidr': '10.244.0.0/24',
      port: await freePort(10250),
      'tls-cert-file': server.certificateFile,
      'tls-private-key-file': server.keyFile,
      'client-ca-file': pki.caFile,
      ...denyByDefault,
    };
  });
}

/** All simulated nodes, in one process. */
export function simulatedNodes(context: ClusterContext, count: number): Component {
  const { paths, pki } = context;
  const flags = async () => {
    const { server } = await pki.kubelet('sim', ['127.0.0.1', 'localhost', context.advertiseAddress]);
    return {
      runtime: 'sim',
      nodes: count,
      'node-name': 'sim',
      'root-dir': join(paths.data, 'sim-nodes'),
      port: await freePort(10250),
      'tls-cert-file': server.certificateFile,
      'tls-private-key-file': server.keyFile,
      'client-ca-file': pki.caFile,
      ...denyByDefault,
    };
  };
  return clientComponent(context, 'sim-nodes', clusterIdentities.simulatedNodes, flags, 'kubelet');
}
