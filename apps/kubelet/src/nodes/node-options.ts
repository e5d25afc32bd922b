import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { CriRuntime, ensurePauseImage, SimRuntime, type ContainerRuntime } from '@nestor/cri';
import { ensureCniConfig, hostAddress, hostCapacity, nodeInfo, type NodeAgentOptions } from '@nestor/node';
import type { KubeletConfig } from '../kubelet.config';

/** The Kubernetes release whose behaviour this is. */
export const kubeletVersion = 'v1.36.0-nestor';
const simulatedCapacity = { cpu: '32', memory: '256Gi', 'ephemeral-storage': '1Ti' };

/** What the nodes of this process are, by the configuration. */
export function nodeOptions(config: KubeletConfig): Promise<NodeAgentOptions[]> {
  return config.runtime === 'sim' ? simulatedNodes(config) : realNode(config);
}

function shared(config: KubeletConfig, hostIP: string) {
  return {
    rootDirectory: config.rootDir,
    hostIP,
    kubeletPort: config.port,
    clusterDns: { servers: config.clusterDns, domain: config.clusterDomain },
    labels: Object.fromEntries(config.nodeLabels.map((text) => splitOnce(text, '='))),
    taints: config.registerWithTaints.map(parseTaint),
  };
}

async function realNode(config: KubeletConfig): Promise<NodeAgentOptions[]> {
  mkdirSync(config.rootDir, { recursive: true });
  const useNetwork = (podCidr: string): void => {
    ensureCniConfig(config.cniConfDir, { podCidr, ipamDirectory: join(config.rootDir, 'ipam') });
  };
  if (config.podCidr) useNetwork(config.podCidr);
  const runtime = new CriRuntime(config.containerRuntimeEndpoint);
  const version = await runtime.version();
  await ensurePauseImage(config.containerRuntimeEndpoint, config.pauseImage);
  const { runtimeName } = version;
  return [
    {
      ...shared(config, config.nodeIp || hostAddress()),
      nodeName: config.nodeName,
      runtime,
      runtimeName,
      simulated: false,
      podCidr: config.podCidr || undefined,
      podCidrGiven: useNetwork,
      capacity: hostCapacity(config.rootDir, config.maxPods),
      nodeInfo: nodeInfo(`${runtimeName}://${version.runtimeVersion}`, kubeletVersion),
    },
  ];
}

async function simulatedNodes(config: KubeletConfig): Promise<NodeAgentOptions[]> {
  const info = nodeInfo('nestor-sim://1.0.0', kubeletVersion);
  return Array.from({ length: config.nodes }, (_, index) => {
    const podCidr = simulatedPodCidr(config.nodeNamePrefix ? index : placeOf(config.nodeName));
    const runtime: ContainerRuntime = new SimRuntime({ podCidr, startLatencyMs: config.simStartLatency });
    return {
      // The address is this process's own: the API server asks it for logs of all the nodes.
      ...shared(config, config.nodeIp || '127.0.0.1'),
      nodeName: config.nodeNamePrefix ? `${config.nodeNamePrefix}${index}` : config.nodeName,
      runtime,
      runtimeName: 'nestor-sim',
      simulated: true,
      podCidr,
      capacity: { ...simulatedCapacity, pods: String(config.maxPods) },
      nodeInfo: info,
    };
  });
}

/** 10.128.0.0/24 and up: apart from real nodes' ranges and from Services. */
export function simulatedPodCidr(index: number): string {
  return `10.${128 + (index >> 8)}.${index & 255}.0/24`;
}

/** Where a simulated node that is alone in its process takes its addresses: far from those that are counted from 0. */
function placeOf(nodeName: string): number {
  const half = 1 << 14;
  return half + (createHash('sha256').update(nodeName).digest().readUInt16BE() % half);
}

export function parseTaint(text: string): { key: string; value?: string; effect: string } {
  const [rest, effect] = splitOnce(text, ':');
  const [key, value] = splitOnce(rest, '=');
  return { key, ...(value ? { value } : {}), effect: effect || 'NoSchedule' };
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
