import type { ServiceAccountTokenIssuer } from '@nestor/auth';
import type { Handler } from '../http/dispatch';
import type { ResourceRegistry } from '../registry/resource-registry';
import type { StorageContext } from '../storage/storage-context';
import type { KubeletClient } from './kubelet-client';

export interface SubresourceDependencies {
  storage: StorageContext;
  registry: ResourceRegistry;
  issuer: ServiceAccountTokenIssuer;
  kubelet: KubeletClient;
}

export function subresourceHandlers(_dependencies: SubresourceDependencies): Map<string, Handler> {
  return new Map();
}
