import { isNotFound, semanticEqual, type DeepReadonly, type ServiceCidr } from '@nestor/api';
import { rfc3339 } from '@nestor/formats';
import { createLogger } from '@nestor/telemetry';
import type { ResourceRegistry } from '../registry/resource-registry';
import type { ServedResource } from '../registry/served-resource';
import { serviceCidrs } from '../services/service-ranges';
import { newestObject } from '../storage/cached-reads';
import type { ServerEvents } from '../storage/server-events';
import { ensureObject, updateOwn } from '../storage/server-writes';
import type { StorageContext } from '../storage/storage-context';

const log = createLogger('bootstrap');
const name = 'kubernetes';
const place = { namespace: '', name };
const component = 'kubernetes-service-cidr-controller';
const intervalMs = 10_000;

/** Keeps the ServiceCIDR "kubernetes", made of the configured ranges (defaultservicecidr.Controller). */
export class DefaultServiceCidr {
  private timer: NodeJS.Timeout | undefined;
  private readonly told = new Set<string>();

  constructor(
    private readonly context: StorageContext,
    private readonly registry: ResourceRegistry,
    private readonly events: ServerEvents,
    private readonly cidrs: readonly string[],
  ) {}

  async start(): Promise<void> {
    await this.sync();
    this.timer = setInterval(() => {
      this.sync().catch((error: unknown) => log.warn({ error }, 'cannot keep the default ServiceCIDR'));
    }, intervalMs);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private async sync(): Promise<void> {
    const served = this.registry.byKey(serviceCidrs);
    if (!served) return;
    const found = await this.find(served);
    if (!found) {
      await ensureObject(this.context, served, {
        apiVersion: 'networking.k8s.io/v1',
        kind: 'ServiceCIDR',
        metadata: { name },
        spec: { cidrs: [...this.cidrs] },
      });
    } else if (this.cidrs.length === 2 && semanticEqual(found.spec?.cidrs, this.cidrs.slice(0, 1))) {
      await updateOwn(this.context, served, place, (current) => ({ ...current, spec: { cidrs: [...this.cidrs] } }));
    }
    await this.syncStatus(served);
  }

  private async find(served: ServedResource): Promise<DeepReadonly<ServiceCidr> | undefined> {
    const found = await newestObject(this.context, served.key, '', name);
    return found?.object();
  }

  /** Says that it is ready, once. Nobody's "not ready" is overruled. */
  private async syncStatus(served: ServedResource): Promise<void> {
    const found = await this.find(served);
    if (!found || found.metadata.deletionTimestamp) return;
    if (!semanticEqual(found.spec?.cidrs, this.cidrs)) {
      const text = `The default ServiceCIDR [${(found.spec?.cidrs ?? []).join(' ')}] does not match the controller flag configurations [${this.cidrs.join(' ')}]`;
      await this.warnOnce(found, 'KubernetesDefaultServiceCIDRInconsistent', text);
      return;
    }
    const ready = found.status?.conditions?.find(({ type }) => type === 'Ready');
    if (ready?.status === 'False') {
      await this.warnOnce(found, ready.reason ?? '', `Configuration matches, but ${ready.message}`);
    } else if (ready?.status !== 'True') await this.setReady(served);
  }

  private async setReady(served: ServedResource): Promise<void> {
    const condition = {
      type: 'Ready',
      status: 'True',
      reason: '',
      message: 'Kubernetes default Service CIDR is ready',
      lastTransitionTime: rfc3339(),
    };
    try {
      await updateOwn(this.context, served, { ...place, subresource: 'status' }, (current) => ({
        ...current,
        status: { conditions: [condition] },
      }));
    } catch (error) {
      // Deleted meanwhile: the next round makes it anew.
      if (!isNotFound(error)) throw error;
    }
  }

  private async warnOnce(about: DeepReadonly<ServiceCidr>, reason: string, message: string): Promise<void> {
    if (this.told.has(reason)) return;
    this.told.add(reason);
    log.warn({ object: name, reason }, message);
    await this.events.record({ about, type: 'Warning', reason, message, component });
  }
}
