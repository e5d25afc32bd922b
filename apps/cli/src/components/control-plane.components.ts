import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { nodeEnvironment, nodeFlags } from '@nestor/config';
import { clusterIdentities, frontProxyName, type ClusterPki, type Identity } from '@nestor/pki';
import type { ApiConnection } from '../cluster/api-connection';
import type { ClusterPaths } from '../cluster/cluster-paths';
import { ensureAuthenticationFile } from '../cluster/authentication-file';
import { ensureEncryptionFile } from '../cluster/encryption-file';
import { freePort } from '../cluster/ports';
import type { Component } from './component';
import { processComponent } from './process.component';

/** What the components of one cluster are told alike. */
export interface ClusterContext {
  paths: ClusterPaths;
  pki: ClusterPki;
  api: ApiConnection;
  apiPort: number;
  bindAddress: string;
  advertiseAddress: string;
  /** Read at each start: a restarted server may have moved. */
  databaseUrl: () => string;
  natsUrl: () => string | undefined;
  /** Whether the NATS server knows our certificates. */
  natsHasIdentities: boolean;
  tracing: boolean;
}

export function apiServer(context: ClusterContext): Component {
  const { pki, api } = context;
  return appComponent(context, {
    name: 'apiserver',
    app: 'apiserver',
    identity: clusterIdentities.natsPublisher,
    flags: async () => {
      const serving = await pki.server('apiserver', [context.advertiseAddress]);
      const kubelets = await pki.client(clusterIdentities.kubeletClient);
      const frontProxy = await pki.frontProxy();
      ensureEncryptionFile(context.paths.encryption);
      ensureAuthenticationFile(context.paths.authentication);
      return {
        port: context.apiPort,
        'bind-address': context.bindAddress,
        'advertise-address': context.advertiseAddress,
        'tls-cert-file': serving.certificateFile,
        'tls-private-key-file': serving.keyFile,
        'client-ca-file': pki.caFile,
        'service-account-signing-key-file': pki.serviceAccountKeyFile,
        'authorization-mode': 'Node,RBAC',
        'enable-admission-plugins': 'NodeRestriction',
        'kubelet-client-certificate': kubelets.certificateFile,
        'kubelet-client-key': kubelets.keyFile,
        'kubelet-certificate-authority': pki.caFile,
        'proxy-client-cert-file': frontProxy.certificateFile,
        'proxy-client-key-file': frontProxy.keyFile,
        'requestheader-client-ca-file': frontProxy.caFile,
        'requestheader-allowed-names': frontProxyName,
        'enable-bootstrap-token-auth': 'true',
        'authentication-config': context.paths.authentication,
        'encryption-provider-config': context.paths.encryption,
        'encryption-provider-config-automatic-reload': 'true',
      };
    },
    // Not a flag: the command line of a process is for everyone to read.
    env: () => ({ NESTOR_APISERVER_DATABASE_URL: context.databaseUrl() }),
    ready: () => api.ready(),
  });
}

export function scheduler(context: ClusterContext): Component {
  return clientComponent(context, 'scheduler', clusterIdentities.scheduler, () => ({ 'leader-elect': 'true' }));
}

/** Simulated nodes have addresses of their own making; there is no range to share out. */
export function controllerManager(context: ClusterContext, podAddresses: 'real' | 'simulated'): Component {
  return clientComponent(context, 'controller-manager', clusterIdentities.controllerManager, () => ({
    'leader-elect': 'true',
    'cluster-cidr': podAddresses === 'real' ? podRange : undefined,
    'cluster-signing-cert-file': context.pki.caFile,
    'cluster-signing-key-file': context.pki.caKeyFile,
    'service-account-private-key-file': context.pki.serviceAccountKeyFile,
  }));
}

/** Simulated pods have no network, so for them the machine's rules are left alone. */
export function kubeProxy(context: ClusterContext, nodeName: string, mode: 'iptables' | 'none'): Component {
  return clientComponent(context, 'kube-proxy', clusterIdentities.kubeProxy, async () => ({
    'node-name': nodeName,
    'proxy-mode': mode,
    'cluster-cidr': podRange,
    'healthz-port': mode === 'none' ? 0 : await freePort(10256),
  }));
}

/** The addresses of all pods of a cluster. */
export const podRange = '10.244.0.0/16';

type Flags = Record<string, string | number | undefined>;

/** An app that is a client of the API server, with a kubeconfig and a health server of its own. */
export function clientComponent(
  context: ClusterContext,
  name: string,
  identity: Identity,
  flags: () => Flags | Promise<Flags>,
  app = name,
): Component {
  const kubeconfig = context.paths.inRun(`${identity.file}.kubeconfig`);
  let observability = 0;
  return appComponent(context, {
    name,
    app,
    identity,
    flags: async () => {
      await context.pki.writeFollowingKubeconfig(kubeconfig, identity, `https://127.0.0.1:${context.apiPort}`);
      // Any free port: several clusters may run on one machine.
      observability = await freePort();
      return { kubeconfig, 'observability-port': observability, ...(await flags()) };
    },
    ready: async () => {
      const { status } = await fetch(`http://127.0.0.1:${observability}/readyz`);
      if (status !== 200) throw new Error(`/readyz answers ${status}`);
    },
  });
}

interface AppSpec {
  name: string;
  /** The folder below apps/. */
  app: string;
  identity: Identity;
  flags: () => Flags | Promise<Flags>;
  env?: () => NodeJS.ProcessEnv;
  ready: () => Promise<void>;
}

function appComponent(context: ClusterContext, spec: AppSpec): Component {
  const { paths, pki } = context;
  const env: NodeJS.ProcessEnv = nodeEnvironment(spec.app);
  return processComponent({
    name: spec.name,
    logFile: paths.log(spec.name),
    env,
    command: async () => {
      Object.assign(env, spec.env?.());
      const flags: Flags = {
        ...(await spec.flags()),
        'nats-url': context.natsUrl(),
        'tracing-file': context.tracing ? paths.traces(spec.name) : undefined,
      };
      if (context.natsUrl() && context.natsHasIdentities) {
        const { certificateFile, keyFile } = await pki.client(spec.identity);
        Object.assign(flags, {
          'nats-ca-file': pki.caFile,
          'nats-cert-file': certificateFile,
          'nats-key-file': keyFile,
        });
      }
      const given = Object.entries(flags).flatMap(([name, value]) =>
        value === undefined ? [] : [`--${name}=${value}`],
      );
      return [process.execPath, ...nodeFlags(spec.app), appMain(spec.app), ...given];
    },
    ready: spec.ready,
  });
}

function appMain(app: string): string {
  const main = join(__dirname, '..', '..', '..', app, 'dist', 'main.js');
  if (!existsSync(main)) throw new Error(`apps/${app} is not built: npx nx run-many -t build`);
  return main;
}
