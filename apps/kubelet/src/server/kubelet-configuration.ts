import { formatGoDuration, parseGoDuration } from '@nestor/formats';
import { nodeReporting, podLogsDirectory } from '@nestor/node';
import type { KubeletConfig } from '../kubelet.config';
import { parseTaint } from '../nodes/node-options';

/**
 * The configuration in force as a KubeletConfiguration: what the options say and what is fixed here.
 * Fields that mean nothing to this kubelet are left out rather than shown with upstream's default.
 */
export function kubeletConfiguration(config: KubeletConfig): object {
  return {
    kind: 'KubeletConfiguration',
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    ...serving(config),
    ...callers(config),
    ...node(config),
  };
}

function serving(config: KubeletConfig): object {
  return {
    enableServer: true,
    address: config.address,
    port: config.port,
    readOnlyPort: config.readOnlyPort,
    tlsCertFile: config.tlsCertFile,
    tlsPrivateKeyFile: config.tlsPrivateKeyFile,
    tlsCipherSuites: nonEmpty(config.tlsCipherSuites),
    tlsMinVersion: config.tlsMinVersion,
    rotateCertificates: config.rotateCertificates,
    serverTLSBootstrap: config.serverTLSBootstrap,
    enableDebuggingHandlers: true,
    enableSystemLogHandler: config.enableSystemLogHandler,
    enableSystemLogQuery: false,
    healthzPort: config.observabilityPort,
    healthzBindAddress: config.observabilityHost,
  };
}

function callers(config: KubeletConfig): object {
  return {
    authentication: {
      x509: { clientCAFile: config.clientCaFile },
      webhook: {
        enabled: config.authenticationTokenWebhook,
        cacheTTL: duration(config.authenticationTokenWebhookCacheTtl),
      },
      anonymous: { enabled: config.anonymousAuth },
    },
    authorization: {
      mode: config.authorizationMode,
      webhook: {
        cacheAuthorizedTTL: duration(config.authorizationWebhookCacheAuthorizedTtl),
        cacheUnauthorizedTTL: duration(config.authorizationWebhookCacheUnauthorizedTtl),
      },
    },
  };
}

function node(config: KubeletConfig): object {
  const isSimulated = config.runtime === 'sim';
  return {
    registerNode: true,
    registerWithTaints: nonEmpty(config.registerWithTaints.map(parseTaint)),
    nodeStatusUpdateFrequency: formatGoDuration(nodeReporting.statusMs),
    nodeStatusReportFrequency: formatGoDuration(nodeReporting.reportMs),
    nodeLeaseDurationSeconds: nodeReporting.leaseDurationSeconds,
    nodeStatusMaxImages: nodeReporting.maxImages,
    maxPods: config.maxPods,
    clusterDomain: config.clusterDomain,
    clusterDNS: nonEmpty(config.clusterDns),
    podLogsDir: podLogsDirectory(config.rootDir),
    seccompDefault: false,
    // A simulated node has no runtime to reach, and an address range by its number.
    ...(isSimulated
      ? {}
      : {
          containerRuntimeEndpoint: `unix://${config.containerRuntimeEndpoint}`,
          podCIDR: config.podCidr || undefined,
        }),
  };
}

/** As Go prints it, however it was written. */
function duration(text: string): string {
  return formatGoDuration(parseGoDuration(text));
}

function nonEmpty<T>(list: readonly T[]): readonly T[] | undefined {
  return list.length > 0 ? list : undefined;
}
