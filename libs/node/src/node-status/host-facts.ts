import { existsSync, readFileSync, statfsSync } from 'node:fs';
import { arch, cpus, hostname, networkInterfaces, release, totalmem } from 'node:os';
import type { Node } from '@nestor/api';

type NodeInfo = NonNullable<NonNullable<Node['status']>['nodeInfo']>;

const read = (file: string): string => (existsSync(file) ? readFileSync(file, 'utf8').trim() : '');

export const goArchitecture = (): string => ({ x64: 'amd64', arm64: 'arm64' })[arch()] ?? arch();

export function hostCapacity(directory: string, maxPods: number): Record<string, string> {
  const { blocks, bsize } = statfsSync(directory);
  return {
    cpu: String(cpus().length),
    memory: `${Math.floor(totalmem() / 1024)}Ki`,
    'ephemeral-storage': `${Math.floor((blocks * bsize) / 1024)}Ki`,
    pods: String(maxPods),
  };
}

export function nodeInfo(runtimeVersion: string, kubeletVersion: string): NodeInfo {
  const osRelease = /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(read('/etc/os-release'))?.[1];
  return {
    machineID: read('/etc/machine-id'),
    systemUUID: read('/sys/class/dmi/id/product_uuid'),
    bootID: read('/proc/sys/kernel/random/boot_id'),
    kernelVersion: release(),
    osImage: osRelease ?? 'Linux',
    containerRuntimeVersion: runtimeVersion,
    kubeletVersion,
    kubeProxyVersion: '',
    operatingSystem: 'linux',
    architecture: goArchitecture(),
  };
}

/** The first address that others can reach; loopback where there is none. */
export function hostAddress(): string {
  const addresses = Object.entries(networkInterfaces()).flatMap(([name, list]) =>
    /^(nestor|cni|docker|veth)/.test(name) ? [] : (list ?? []),
  );
  return addresses.find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? '127.0.0.1';
}

export const defaultNodeName = (): string => hostname().toLowerCase();
