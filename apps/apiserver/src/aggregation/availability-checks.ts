import { Inject, Injectable } from '@nestjs/common';
import { ApiObject, ApiService, EndpointSlice, isNotFound, Service } from '@nestor/api';
import { rfc3339 } from '@nestor/formats';
import { createLogger } from '@nestor/telemetry';
import { STORAGE } from '../apiserver.tokens';
import type { DiscoveredResource } from '../discovery/api-resources';
import type { ClientCertificate } from '../files/client-credentials';
import { ResourceRegistry } from '../registry/resource-registry';
import { openCache } from '../storage/cached-reads';
import { updateOwn } from '../storage/server-writes';
import type { StorageContext } from '../storage/storage-context';
import { judgeService, passed, withAvailable, type Verdict } from './availability.plan';
import { openApiUrl, probe } from './probe';
import type { RemoteApi } from './remote-api';
import type { Location } from './service-location';

const apiServicesKey = 'apiservices.apiregistration.k8s.io';
const slicesKey = 'endpointslices.discovery.k8s.io';
const serviceNameLabel = 'kubernetes.io/service-name';
/** What was reachable may cease to be without a word. */
const recheckMs = 30_000;
const firstRetryMs = 200;
const log = createLogger('aggregator');

export interface CheckedApis {
  api(name: string): RemoteApi | undefined;
  locate(api: RemoteApi): Location;
  certificate(): ClientCertificate;
  found(api: RemoteApi, resources: DiscoveredResource[], openApi: string | undefined): void;
}

/** Finds out whether those who answer for aggregated groups can be reached, and says so on their APIServices. */
@Injectable()
export class AvailabilityChecks {
  private apis: CheckedApis | undefined;
  private readonly timers = new Map<string, NodeJS.Timeout>();
  private readonly running = new Set<string>();
  private readonly failures = new Map<string, number>();

  constructor(
    @Inject(STORAGE) private readonly storage: StorageContext,
    @Inject(ResourceRegistry) private readonly registry: ResourceRegistry,
  ) {}

  start(apis: CheckedApis): void {
    this.apis = apis;
  }

  stop(): void {
    this.apis = undefined;
    for (const timer of this.timers.values()) clearTimeout(timer);
    this.timers.clear();
  }

  soon(name: string): void {
    this.later(name, 0);
  }

  forget(name: string): void {
    clearTimeout(this.timers.get(name));
    this.timers.delete(name);
    this.failures.delete(name);
  }

  slicesOf(namespace: string, service: string): EndpointSlice[] {
    const { items } = this.storage.cache.resource(slicesKey).list({
      namespace,
      matches: ({ labels }) => labels[serviceNameLabel] === service,
    });
    return items.map((item) => item.object() as unknown as EndpointSlice);
  }

  private later(name: string, delayMs: number): void {
    clearTimeout(this.timers.get(name));
    const timer = setTimeout(() => void this.check(name), delayMs);
    timer.unref();
    this.timers.set(name, timer);
  }

  private async check(name: string): Promise<void> {
    this.timers.delete(name);
    // A change while it runs comes again when it is done.
    if (this.running.has(name)) {
      this.later(name, firstRetryMs);
      return;
    }
    this.running.add(name);
    try {
      const isAvailable = await this.judge(name);
      if (isAvailable) this.failures.delete(name);
      const failures = isAvailable ? 0 : (this.failures.get(name) ?? 0) + 1;
      if (failures > 0) this.failures.set(name, failures);
      const wait = isAvailable ? recheckMs : Math.min(recheckMs, firstRetryMs * 2 ** failures);
      if (this.apis?.api(name) && !this.timers.has(name)) this.later(name, wait);
    } catch (error) {
      log.warn({ error, apiService: name }, 'cannot say whether an APIService is available; trying again');
      if (this.apis?.api(name)) this.later(name, recheckMs);
    } finally {
      this.running.delete(name);
    }
  }

  private async judge(name: string): Promise<boolean> {
    const api = this.apis?.api(name);
    if (!api) return true;
    const verdict = await this.verdictOn(api);
    await this.write(name, verdict);
    return verdict.status === 'True';
  }

  private async verdictOn(api: RemoteApi): Promise<Verdict> {
    const { namespace, name } = api.service;
    const services = await openCache(this.storage, 'services');
    await openCache(this.storage, slicesKey);
    const service = services.get(namespace, name)?.object() as Service | undefined;
    const refused = judgeService(api.service, service, this.slicesOf(namespace, name));
    if (refused) return refused;
    try {
      const { apis } = this;
      if (!apis) return passed;
      const location = apis.locate(api);
      const resources = await probe(api, location, apis.certificate());
      if (resources) apis.found(api, resources, await openApiUrl(api, location, apis.certificate()));
      return passed;
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return { status: 'False', reason: 'FailedDiscoveryCheck', message };
    }
  }

  private async write(name: string, verdict: Verdict): Promise<void> {
    const served = this.registry.byKey(apiServicesKey);
    const current = this.storage.cache.resource(apiServicesKey).get('', name)?.object() as ApiService | undefined;
    if (!served || !current || !this.apis) return;
    const now = rfc3339();
    const judged = (object: ApiService) => withAvailable(object.status?.conditions ?? [], verdict, now);
    if (judged(current) === current.status?.conditions) return;
    try {
      await updateOwn(this.storage, served, { namespace: '', name, subresource: 'status' }, (object): ApiObject => {
        const conditions = judged(object);
        return { ...object, status: { ...(object['status'] as object | undefined), conditions } };
      });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
}
