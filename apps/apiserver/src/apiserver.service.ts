import { networkInterfaces } from 'node:os';
import { BeforeApplicationShutdown, Inject, Injectable, OnApplicationShutdown } from '@nestjs/common';
import { Impersonator } from '@nestor/auth';
import type { Auditor } from '@nestor/audit';
import type { TruthStore } from '@nestor/store';
import { tlsSettings } from '@nestor/config';
import { createLogger, health, metrics } from '@nestor/telemetry';
import { WatchCache } from '@nestor/watch';
import { Policies } from './admission/policies';
import { Webhooks } from './admission/webhooks';
import { Aggregator } from './aggregation/aggregator';
import { createAuditor } from './audit/create-auditor';
import { LocalApiServices } from './aggregation/local-api-services';
import { publishAuthentication } from './aggregation/publish-authentication';
import { ApiServerConfig } from './apiserver.config';
import {
  AUTHORIZATION,
  SERVICE_ACCOUNT_TOKENS,
  SHUTDOWN,
  STORAGE,
  TOKEN_AUTHENTICATION,
  TRUTH_STORE,
} from './apiserver.tokens';
import { CertificateFiles } from './authentication/certificate-files';
import { RequestAuthentication } from './authentication/request-authentication';
import type { ServiceAccountTokens } from './authentication/service-account-tokens';
import type { TokenAuthentication } from './authentication/token-authenticators';
import { backupPath } from './backup/backup-path';
import type { Authorization } from './authorization/create-authorizer';
import { NodeRelations } from './authorization/node-relations';
import { StoredRoles } from './authorization/stored-roles';
import { BusAccess } from './bus/bus-access';
import { DefaultServiceCidr } from './bootstrap/default-service-cidr';
import { ensureBootstrapPolicy } from './bootstrap/policy/bootstrap-policy';
import { KubernetesService } from './bootstrap/kubernetes-service';
import { keepLegacyTokenTracking } from './bootstrap/legacy-token-tracking';
import { ensureSystemNamespaces } from './bootstrap/system-namespaces';
import { ensureSystemPriorityClasses } from './bootstrap/system-priority-classes';
import { publishStorageVersions } from './bootstrap/storage-versions';
import { CustomResourceController } from './custom-resources/custom-resource.controller';
import { DiscoveryPaths } from './discovery/discovery-paths';
import { versionPath } from './discovery/version-path';
import { EncryptedStore } from './encryption/encrypted-store';
import { healthPaths } from './health/health-paths';
import { EventExpiry } from './history/event-expiry';
import { HistoryCompactor } from './history/history-compactor';
import { createDispatcher, createUpgradeHandler, Handler } from './http/dispatch';
import type { Exchange } from './http/exchange';
import { HttpsServer } from './http/https-server';
import { sendRaw } from './http/respond';
import { ResourceRegistry } from './registry/resource-registry';
import { WatchRelay } from './relay/watch-relay';
import { openApiPaths } from './discovery/openapi-paths';
import { openIdPaths } from './discovery/openid-paths';
import { reviewHandlers } from './reviews/review-handlers';
import type { StorageContext } from './storage/storage-context';
import { AddressRepair } from './services/address-repair';
import { KubeletClient } from './subresources/kubelet-client';
import { subresourceHandlers } from './subresources/subresource-handlers';

const log = createLogger('apiserver');
const loopback = /^(127\.|0\.0\.0\.0$|::)/;
/** For requests in flight at the end. */
const graceMs = 5000;

/** Starts and ends the server: what must stand before the port opens, and what must end before the store closes. */
@Injectable()
export class ApiServer implements BeforeApplicationShutdown, OnApplicationShutdown {
  private server: HttpsServer | undefined;
  private auditor: Auditor | undefined;

  constructor(
    @Inject(ApiServerConfig) private readonly config: ApiServerConfig,
    @Inject(TRUTH_STORE) private readonly store: TruthStore,
    @Inject(WatchCache) private readonly cache: WatchCache,
    @Inject(STORAGE) private readonly storage: StorageContext,
    @Inject(SHUTDOWN) private readonly shutdown: AbortController,
    @Inject(ResourceRegistry) private readonly registry: ResourceRegistry,
    @Inject(AUTHORIZATION) private readonly authorization: Authorization,
    @Inject(StoredRoles) private readonly storedRoles: StoredRoles,
    @Inject(NodeRelations) private readonly nodeRelations: NodeRelations,
    @Inject(CertificateFiles) private readonly certificates: CertificateFiles,
    @Inject(RequestAuthentication) private readonly authentication: RequestAuthentication,
    @Inject(TOKEN_AUTHENTICATION) private readonly tokens: TokenAuthentication,
    @Inject(SERVICE_ACCOUNT_TOKENS) private readonly accountTokens: ServiceAccountTokens,
    @Inject(CustomResourceController) private readonly customResources: CustomResourceController,
    @Inject(Webhooks) private readonly webhooks: Webhooks,
    @Inject(Policies) private readonly policies: Policies,
    @Inject(Aggregator) private readonly aggregator: Aggregator,
    @Inject(LocalApiServices) private readonly localApis: LocalApiServices,
    @Inject(KubernetesService) private readonly kubernetes: KubernetesService,
    @Inject(DefaultServiceCidr) private readonly serviceCidr: DefaultServiceCidr,
    @Inject(AddressRepair) private readonly addressRepair: AddressRepair,
    @Inject(HistoryCompactor) private readonly history: HistoryCompactor,
    @Inject(EventExpiry) private readonly events: EventExpiry,
    @Inject(WatchRelay) private readonly relay: WatchRelay,
    @Inject(BusAccess) private readonly bus: BusAccess,
  ) {}

  async start(): Promise<void> {
    const { config, registry } = this;
    this.addHealthChecks();
    this.auditor = createAuditor(config);
    await this.cache.start([...registry.all()].map(({ key }) => key));
    await this.ensureSystemObjects();
    await this.storedRoles.start();
    if (this.authorization.types.includes('Node')) await this.nodeRelations.start();
    await this.customResources.start();
    await this.webhooks.start();
    await this.policies.start();
    await this.aggregator.start();
    const dispatch = {
      registry,
      storage: this.storage,
      authorizer: this.authorization.authorizer,
      impersonator: new Impersonator(this.authorization.authorizer),
      authentication: this.authentication,
      auditor: this.auditor,
      handlers: this.handlers(),
      aggregated: (exchange: Exchange) => this.aggregator.answer(exchange),
      paths: this.paths(),
    };
    const server = new HttpsServer(
      this.certificates.tls(),
      { request: createDispatcher(dispatch), upgrade: createUpgradeHandler(dispatch) },
      {
        tls: tlsSettings(config.tlsMinVersion, config.tlsCipherSuites),
        maxConnections: config.maxConnections,
      },
    );
    this.server = server;
    this.certificates.start(() => {
      server.renew(this.certificates.tls());
      return publishAuthentication(this.storage, registry, config, this.certificates);
    });
    const { address, port } = await this.server.listen(config.port, config.bindAddress);
    log.info({ address, port }, 'serving the API');
    await this.kubernetes.start({ address: this.advertised(), port });
    if (config.storageVersionApi) {
      await publishStorageVersions(this.storage, registry, this.kubernetes.identity ?? '');
    }
    this.history.start();
    this.events.start();
    this.relay.start();
    this.localApis.start();
    void this.addressRepair.start();
    this.started = true;
  }
  private started = false;

  /** New requests are refused by /readyz first, watches end, what is in flight finishes. */
  async beforeApplicationShutdown(): Promise<void> {
    this.shutdown.abort();
    this.certificates.stop();
    this.addressRepair.stop();
    this.serviceCidr.stop();
    this.kubernetes.stop();
    await this.server?.close(graceMs);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.auditor?.close();
    this.cache.stop();
    await this.store.close();
  }

  /** What every cluster has: first the namespaces, then at once all that does not need one another, in few commits. */
  private async ensureSystemObjects(): Promise<void> {
    const { storage, registry } = this;
    await ensureSystemNamespaces(storage, registry);
    await Promise.all([
      ensureBootstrapPolicy(storage, registry),
      ensureSystemPriorityClasses(storage, registry),
      keepLegacyTokenTracking(storage, registry),
      publishAuthentication(storage, registry, this.config, this.certificates),
      this.serviceCidr.start(),
    ]);
  }

  private addHealthChecks(): void {
    health.addReadyCheck('postgres', () => this.store.ping());
    const { store } = this;
    if (store instanceof EncryptedStore) health.addReadyCheck('kms-providers', () => store.check());
    health.addReadyCheck('poststarthook/start-apiserver', () => {
      if (!this.started) throw new Error('still starting');
    });
    health.addReadyCheck('shutdown', () => {
      if (this.shutdown.signal.aborted) throw new Error('process is shutting down');
    });
  }

  private handlers(): Map<string, Handler> {
    const kubelet = new KubeletClient(this.config, this.shutdown.signal);
    return new Map([
      ...reviewHandlers({
        ...this.authorization,
        storage: this.storage,
        ...this.tokens,
      }),
      ...subresourceHandlers({
        storage: this.storage,
        registry: this.registry,
        accountTokens: this.accountTokens,
        kubelet,
        guard: { allowsOwnAddresses: this.config.allowLoopbackProxies },
      }),
      ...this.bus.handlers(),
    ]);
  }

  private paths(): (exchange: Exchange) => Promise<void> | undefined {
    const discovery = new DiscoveryPaths(
      this.registry,
      this.aggregator,
      () => `${this.advertised()}:${this.config.port}`,
      this.bus.served,
    );
    const answers = [
      healthPaths(health),
      versionPath,
      metricsPath,
      (exchange: Exchange) => discovery.answer(exchange),
      openApiPaths(this.registry, () => this.aggregator.openApi()),
      openIdPaths(this.accountTokens, () => `${this.advertised()}:${this.config.port}`),
      backupPath(this.store),
    ];
    return (exchange) => {
      for (const answer of answers) {
        const answered = answer(exchange);
        if (answered) return answered;
      }
      return undefined;
    };
  }

  /** An address others can reach: as configured, else the first of this machine that is not loopback. */
  private advertised(): string {
    const { advertiseAddress, bindAddress } = this.config;
    if (advertiseAddress) return advertiseAddress;
    if (!loopback.test(bindAddress)) return bindAddress;
    const own = Object.values(networkInterfaces())
      .flatMap((list) => list ?? [])
      .find(({ family, internal }) => family === 'IPv4' && !internal);
    return own?.address ?? '127.0.0.1';
  }
}

function metricsPath(exchange: Exchange): Promise<void> | undefined {
  if (exchange.info.path !== '/metrics') return undefined;
  return metrics.text().then((text) => sendRaw(exchange, 200, metrics.contentType, Buffer.from(text)));
}
