import { Inject, Injectable, OnApplicationShutdown } from '@nestjs/common';
import { ApiObject, isNotFound } from '@nestor/api';
import { createLogger } from '@nestor/telemetry';
import { STORAGE } from '../apiserver.tokens';
import { discoverGroups } from '../discovery/group-versions';
import { ResourceRegistry } from '../registry/resource-registry';
import type { ServedResource } from '../registry/served-resource';
import { openCache } from '../storage/cached-reads';
import { deleteOne } from '../storage/delete';
import { ensureObject, serverRequest } from '../storage/server-writes';
import type { StorageContext } from '../storage/storage-context';

const apiServicesKey = 'apiservices.apiregistration.k8s.io';
/** What the server keeps: 'onstart' for as long as it likes, 'true' for as long as the definition is there. */
const managedLabel = 'kube-aggregator.kubernetes.io/automanaged';
const ownGroup = 'apiregistration.k8s.io';
/** One write for the many definitions of one manifest. */
const settleMs = 200;
const againMs = 30_000;
const log = createLogger('aggregator');

/** The priorities kube-apiserver gives its groups. */
const groupPriorities: Readonly<Record<string, number>> = {
  '': 18_000,
  apps: 17_800,
  'events.k8s.io': 17_750,
  'authentication.k8s.io': 17_700,
  'authorization.k8s.io': 17_600,
  autoscaling: 17_500,
  batch: 17_400,
  'certificates.k8s.io': 17_300,
  'networking.k8s.io': 17_200,
  policy: 17_100,
  'rbac.authorization.k8s.io': 17_000,
  'storage.k8s.io': 16_800,
  'apiextensions.k8s.io': 16_700,
  'admissionregistration.k8s.io': 16_700,
  'scheduling.k8s.io': 16_600,
  'coordination.k8s.io': 16_500,
  'node.k8s.io': 16_300,
  'discovery.k8s.io': 16_200,
  'resource.k8s.io': 16_200,
};
const otherPriority = 16_000;
const custom = { groupPriorityMinimum: 1000, versionPriority: 100 };

function versionPriority(group: string, version: string): number {
  if (group === '') return 1;
  if (/alpha/.test(version)) return 1;
  if (/beta/.test(version)) return 9;
  return 15 * Number(/^v(\d+)$/.exec(version)?.[1] ?? 1);
}

/** Keeps an APIService for every group and version that this server answers for itself, as there is one for all others. */
@Injectable()
export class LocalApiServices implements OnApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;
  private stopListening: (() => void) | undefined;
  private stopped = false;

  constructor(
    @Inject(STORAGE) private readonly storage: StorageContext,
    @Inject(ResourceRegistry) private readonly registry: ResourceRegistry,
  ) {}

  start(): void {
    this.stopListening = this.registry.onChange(() => this.soon(settleMs));
    this.soon(0);
  }

  onApplicationShutdown(): void {
    this.stopped = true;
    this.stopListening?.();
    clearTimeout(this.timer);
  }

  private soon(delayMs: number): void {
    if (this.stopped) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.sync(), delayMs).unref();
  }

  private async sync(): Promise<void> {
    try {
      const served = this.registry.byKey(apiServicesKey);
      if (!served) return;
      await this.keep(served);
    } catch (error) {
      if (!this.stopped) log.warn({ error }, 'cannot register what is served here; trying again');
    }
    this.soon(againMs);
  }

  private async keep(served: ServedResource): Promise<void> {
    const cache = await openCache(this.storage, apiServicesKey);
    const wanted = new Map(this.wanted().map((one) => [one.metadata.name ?? '', one]));
    const missing = [...wanted.values()].filter(({ metadata }) => !cache.get('', metadata.name ?? ''));
    await Promise.all(missing.map((one) => ensureObject(this.storage, served, one)));
    const gone = cache.list().items.filter(({ name, labels }) => labels[managedLabel] === 'true' && !wanted.has(name));
    const { exchange } = serverRequest(served, { namespace: '', name: '' });
    for (const { name } of gone) {
      const target = { namespace: '', name, options: { dryRun: false, preconditions: {} } };
      await deleteOne(this.storage, served, exchange, target).catch((error: unknown) => {
        if (!isNotFound(error)) throw error;
      });
    }
  }

  private wanted(): ApiObject[] {
    return discoverGroups(this.registry)
      .filter(({ group }) => group !== ownGroup)
      .flatMap(({ group, versions }) => versions.map(({ version }) => this.registration(group, version)));
  }

  private registration(group: string, version: string): ApiObject {
    const isBuiltIn = group in groupPriorities || this.registry.servesBuiltIn(group, version);
    const priorities = isBuiltIn
      ? {
          groupPriorityMinimum: groupPriorities[group] ?? otherPriority,
          versionPriority: versionPriority(group, version),
        }
      : custom;
    return {
      apiVersion: `${ownGroup}/v1`,
      kind: 'APIService',
      metadata: { name: `${version}.${group}`, labels: { [managedLabel]: isBuiltIn ? 'onstart' : 'true' } },
      spec: { ...(group ? { group } : {}), version, ...priorities },
    };
  }
}
