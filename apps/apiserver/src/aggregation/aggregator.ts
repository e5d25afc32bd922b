import { Inject, Injectable, OnApplicationShutdown } from '@nestjs/common';
import type { ApiService, Service } from '@nestor/api';
import { letGo } from '@nestor/connection';
import { createLogger } from '@nestor/telemetry';
import type { CachedObject, Watch, WatchEvent } from '@nestor/watch';
import { ApiServerConfig } from '../apiserver.config';
import { STORAGE } from '../apiserver.tokens';
import type { RemoteVersion } from '../discovery/group-versions';
import { ClientCredentials } from '../files/client-credentials';
import type { Exchange } from '../http/exchange';
import { openCache } from '../storage/cached-reads';
import type { StorageContext } from '../storage/storage-context';
import { AvailabilityChecks } from './availability-checks';
import { forwardRequest, sendText } from './forward-request';
import { isApiAvailable, reconnect, remoteApi, type RemoteApi } from './remote-api';
import { Location, resolveByClusterIp, resolveByEndpoint } from './service-location';

const apiServicesKey = 'apiservices.apiregistration.k8s.io';
const slicesKey = 'endpointslices.discovery.k8s.io';
const serviceNameLabel = 'kubernetes.io/service-name';
const retryMs = 1000;
const log = createLogger('aggregator');

/** Groups and versions that other servers answer for, as APIServices say: their requests, discovery and availability. */
@Injectable()
export class Aggregator implements OnApplicationShutdown {
  /** Changes with what discovery has to say. */
  generation = 0;
  private readonly byName = new Map<string, RemoteApi>();
  private readonly watches: Watch[] = [];
  private readonly credentials: ClientCredentials;
  private readonly checks: AvailabilityChecks;
  private followsServices = false;
  private stopped = false;

  constructor(
    @Inject(ApiServerConfig) private readonly config: ApiServerConfig,
    @Inject(STORAGE) private readonly storage: StorageContext,
    @Inject(AvailabilityChecks) checks: AvailabilityChecks,
  ) {
    this.credentials = new ClientCredentials({
      cert: { 'proxy-client-cert-file': config.proxyClientCertFile },
      key: { 'proxy-client-key-file': config.proxyClientKeyFile },
    });
    this.checks = checks;
  }

  /** Resolves when every APIService that is there is known; whether they are available is found out after. */
  async start(): Promise<void> {
    const cache = await openCache(this.storage, apiServicesKey);
    this.checks.start({
      api: (name) => this.byName.get(name),
      locate: (api) => this.locate(api),
      certificate: () => this.credentials.current,
      found: (api, resources, openApi) => {
        api.openApi = openApi;
        if (JSON.stringify(api.resources) === JSON.stringify(resources)) return;
        api.resources = resources;
        this.generation++;
      },
    });
    this.credentials.follow(this.storage.shutdown, () => {
      for (const api of this.byName.values()) reconnect(api, this.credentials.current);
    });
    for (const item of cache.list().items) this.put(item);
    await this.follow(apiServicesKey, (event) => {
      if (event.type === 'BOOKMARK') return;
      if (event.type === 'DELETED') this.drop(event.object.name);
      else this.put(event.object);
    });
  }

  onApplicationShutdown(): void {
    this.stopped = true;
    this.checks.stop();
    for (const watch of this.watches) watch.stop();
    for (const { agent } of this.byName.values()) agent.destroy();
  }

  /** Answers a request of a group and version that is another server's; undefined where it is this server's own. */
  answer(exchange: Exchange): Promise<void> | undefined {
    if (this.byName.size === 0) return undefined;
    const { info } = exchange;
    const [group, version] = info.isResource ? [info.group, info.version] : groupVersionIn(info.path);
    const api = group ? this.byName.get(`${version}.${group}`) : undefined;
    return api && this.forward(api, exchange);
  }

  /** What discovery lists besides what this server serves. */
  versions(): RemoteVersion[] {
    return [...this.byName.values()].map(({ group, version, groupPriority, resources, isAvailable }) => ({
      group,
      version,
      priority: groupPriority,
      resources: resources ?? [],
      isStale: !isAvailable || resources === undefined,
    }));
  }

  /** Schemas that other servers publish, by path below /openapi/v3. */
  openApi(): [string, string][] {
    return [...this.byName.values()].flatMap(({ group, version, openApi, isAvailable }): [string, string][] =>
      openApi && isAvailable ? [[`apis/${group}/${version}`, openApi]] : [],
    );
  }

  private async forward(api: RemoteApi, exchange: Exchange): Promise<void> {
    if (!api.isAvailable) {
      sendText(exchange, 503, 'service unavailable');
      return;
    }
    let location: Location;
    try {
      location = this.locate(api);
    } catch (error) {
      log.warn({ error, apiService: api.name }, 'cannot resolve the Service of an APIService');
      sendText(exchange, 503, 'service unavailable');
      return;
    }
    await forwardRequest(api, location, exchange);
  }

  private locate({ service: { namespace, name, port } }: RemoteApi): Location {
    const service = this.storage.cache.resource('services').get(namespace, name)?.object() as Service | undefined;
    if (!service) throw new Error(`service ${JSON.stringify(name)} not found`);
    if (!this.config.enableAggregatorRouting) return resolveByClusterIp(service, port);
    return resolveByEndpoint(service, this.checks.slicesOf(namespace, name), port);
  }

  private put(item: CachedObject): void {
    const object = item.object() as unknown as ApiService;
    const before = this.byName.get(item.name);
    const specText = JSON.stringify(object.spec);
    const isAvailable = isApiAvailable(object);
    if (before?.specText === specText) {
      if (before.isAvailable !== isAvailable) this.generation++;
      before.isAvailable = isAvailable;
      return;
    }
    const api = remoteApi(object, this.credentials.current);
    if (!api) {
      this.drop(item.name);
      return;
    }
    if (before) {
      api.resources = before.resources;
      api.openApi = before.openApi;
      letGo(before.agent);
    }
    this.byName.set(api.name, api);
    this.generation++;
    this.checks.soon(api.name);
    this.followServices();
  }

  /** Only where there is something to find out: most clusters have none or one of these APIs, and many Services. */
  private followServices(): void {
    if (this.followsServices) return;
    this.followsServices = true;
    void this.follow('services', (event) => {
      if (event.type !== 'BOOKMARK') this.touch(event.object.namespace, event.object.name);
    }).catch(warn);
    void this.follow(slicesKey, (event) => {
      if (event.type !== 'BOOKMARK') this.touch(event.object.namespace, event.object.labels[serviceNameLabel] ?? '');
    }).catch(warn);
  }

  private drop(name: string): void {
    const api = this.byName.get(name);
    if (!api) return;
    api.agent.destroy();
    this.byName.delete(name);
    this.checks.forget(name);
    this.generation++;
  }

  private touch(namespace: string, name: string): void {
    for (const api of this.byName.values()) {
      if (api.service.namespace === namespace && api.service.name === name) this.checks.soon(api.name);
    }
  }

  private async follow(key: string, changed: (event: WatchEvent) => void): Promise<void> {
    const cache = await openCache(this.storage, key);
    const again = (): void => {
      if (!this.stopped) setTimeout(() => void this.follow(key, changed).catch(warn), retryMs).unref();
    };
    this.watches.push(
      await cache.watch(
        {},
        {
          write: (event) => {
            changed(event);
            return true;
          },
          end: again,
        },
      ),
    );
  }
}

/** Of a document about a group and version: its resources or its schema. */
function groupVersionIn(path: string): [string, string] {
  const about = path.startsWith('/openapi/v3/') ? path.slice('/openapi/v3'.length) : path;
  const [root, group = '', version = ''] = about.split('/').filter((part) => part !== '');
  return root === 'apis' && version !== '' ? [group, version] : ['', ''];
}

const warn = (error: unknown): void => log.warn({ error }, 'cannot follow what is aggregated; trying again');
