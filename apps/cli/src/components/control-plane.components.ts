import { clusterIdentities, frontProxyName, type ClusterPki, type Identity } from '@nestor/pki';
import type { ApiConnection } from '../cluster/api-connection';
import type { ClusterPaths } from '../cluster/cluster-paths';
import { ensureAuthenticationFile } from '../cluster/authentication-file';
import { ensureEncryptionFile } from '../cluster/encryption-file';
import { freePort } from '../cluster/ports';
import { appProcess, observedApp, type Flags } from './app.component';
import type { Component } from './component';

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
  bus: BusPlace;
  tracing: boolean;
}

/** The servers that carry watch events, and how the cluster's processes meet them. */
export interface BusPlace {
  url: string;
  /** Who signed their certificate; the machine's own authorities where it is absent. */
  caFile?: string;
  /** The keys that sign credentials for them; for the API server alone. */
  issuerFile?: string;
  /** They ask nobody for credentials. */
  insecure: boolean;
}

export function apiServer(context: ClusterContext): Component {
  const { paths, pki, api, tracing } = context;
  return appProcess({
    paths,
    name: 'apiserver',
    app: 'apiserver',
    tracing,
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
        // A cluster that is reachable from this machine alone has its nodes there, too.
        'allow-loopback-proxies': context.bindAddress === '127.0.0.1' ? 'true' : undefined,
        'authentication-config': context.paths.authentication,
        'encryption-provider-config': context.paths.encryption,
        'encryption-provider-config-automatic-reload': 'true',
        ...busFlags(context),
        'nats-issuer-file': context.bus.issuerFile,
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

/** Off by default in Kubernetes, and needed where machines join by token. */
const controllersOfJoining = ['bootstrap-signer', 'token-cleaner', 'kubelet-serving-approving'];

/** Nodes that bring their own pod addresses, as simulated ones do, take none of the range. */
export function controllerManager(context: ClusterContext, signingSeconds: number): Component {
  return clientComponent(context, 'controller-manager', clusterIdentities.controllerManager, () => ({
    'leader-elect': 'true',
    controllers: ['*', ...controllersOfJoining.map((name) => `${name}-controller`)].join(','),
    'cluster-cidr': podRange,
    'cluster-signing-duration': signingSeconds,
    'cluster-signing-cert-file': context.pki.caFile,
    'cluster-signing-key-file': context.pki.caKeyFile,
    'service-account-private-key-file': context.pki.serviceAccountKeyFile,
  }));
}

/** Simulated pods have no network, so for them the machine's rules are left alone. */
export function kubeProxy(context: ClusterContext, nodeName: string, mode: 'iptables' | 'none'): Component {
  return clientComponent(context, 'kube-proxy', clusterIdentities.kubeProxy, async () => ({
    'node-name': nodeName,
    ...(await proxyFlags(mode)),
  }));
}

/** What every kube-proxy is told. */
export async function proxyFlags(mode: 'iptables' | 'none'): Promise<Flags> {
  const isReal = mode !== 'none';
  return {
    'proxy-mode': mode,
    'cluster-cidr': podRange,
    'node-routes': String(isReal),
    'healthz-port': isReal ? await freePort(10256) : 0,
  };
}

/** The addresses of all pods of a cluster. */
export const podRange = '10.244.0.0/16';

/** An app that is a client of the API server, with a kubeconfig and a health server of its own. */
export function clientComponent(
  context: ClusterContext,
  name: string,
  identity: Identity,
  flags: () => Flags | Promise<Flags>,
  app = name,
): Component {
  const { paths, pki, tracing, apiPort } = context;
  const kubeconfig = paths.inRun(`${identity.file}.kubeconfig`);
  return observedApp({
    paths,
    name,
    app,
    tracing,
    flags: async () => {
      await pki.writeFollowingKubeconfig(kubeconfig, identity, `https://127.0.0.1:${apiPort}`);
      return { kubeconfig, ...(await flags()), ...busFlags(context) };
    },
  });
}

function busFlags({ bus }: ClusterContext): Flags {
  return { 'nats-url': bus.url, 'nats-ca-file': bus.caFile, 'nats-insecure': bus.insecure ? 'true' : undefined };
}
