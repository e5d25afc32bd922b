import { setMaxListeners } from 'node:events';
import { DynamicModule, Module, Provider } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import {
  AdmissionChain,
  AdmissionPlugin,
  AlwaysPullImagesPlugin,
  CertificateSubjectRestrictionPlugin,
  DefaultTolerationSecondsPlugin,
  eventRateLimit,
  NamespaceLifecyclePlugin,
  LimitRangerPlugin,
  NodeRestrictionPlugin,
  PodSecurityPlugin,
  ResourceQuotaPlugin,
  ObjectReader,
  PriorityPlugin,
  DefaultIngressClassPlugin,
  DefaultStorageClassPlugin,
  PersistentVolumeClaimResizePlugin,
  StorageObjectInUseProtectionPlugin,
  RuntimeClassPlugin,
  selectPlugins,
  ServiceAccountPlugin,
  TaintNodesByConditionPlugin,
} from '@nestor/admission';
import { builtInResources } from '@nestor/api';
import { RuleAuthorizer } from '@nestor/auth';
import type { TruthStore } from '@nestor/store';
import { createLogger } from '@nestor/telemetry';
import { WatchCache } from '@nestor/watch';
import { expressionAuthorizer } from './admission/authorize-expression';
import { readAdmissionConfiguration, type AdmissionConfiguration } from './admission/admission-configuration';
import { outsidePlugins } from './admission/outside-plugins';
import { Policies } from './admission/policies';
import { StoredQuotas } from './admission/stored-quotas';
import { Webhooks } from './admission/webhooks';
import { Aggregator } from './aggregation/aggregator';
import { AvailabilityChecks } from './aggregation/availability-checks';
import { LocalApiServices } from './aggregation/local-api-services';
import { ApiServerConfig } from './apiserver.config';
import { ApiServer } from './apiserver.service';
import {
  ADMISSION_CONFIGURATION,
  ADMISSION_PLUGINS,
  AUTHORIZATION,
  OBJECT_READER,
  SHUTDOWN,
  STORAGE,
  TRUTH_STORE,
} from './apiserver.tokens';
import { authenticationProviders } from './authentication/authentication-providers';
import { audienceCheck } from './authorization/audience-check';
import { authorizationProviders } from './authorization/authorization-providers';
import { BusAccess } from './bus/bus-access';
import { CertificateApprovalPlugin, CertificateSigningPlugin } from './authorization/certificate.plugin';
import { ClaimAccessPlugin } from './authorization/claim-access.plugin';
import type { Authorization } from './authorization/create-authorizer';
import { OwnerReferencesPlugin } from './authorization/owner-references.plugin';
import { PrivilegeEscalationPlugin } from './authorization/privilege-escalation.plugin';
import { CustomResourceController } from './custom-resources/custom-resource.controller';
import { EventExpiry } from './history/event-expiry';
import { EncryptedStore } from './encryption/encrypted-store';
import { openStore } from './encryption/open-store';
import { HistoryCompactor } from './history/history-compactor';
import { cachedReader } from './registry/cached-reader';
import { describeResource } from './registry/describe-resource';
import { ResourceRegistry } from './registry/resource-registry';
import { WatchRelay } from './relay/watch-relay';
import { ServiceAddresses } from './services/service-addresses';
import { serviceProviders } from './services/service-providers';
import type { StorageContext } from './storage/storage-context';

const log = createLogger('apiserver');

function createShutdown(): AbortController {
  const shutdown = new AbortController();
  // Every watch listens on it; Node takes more than ten for a leak.
  setMaxListeners(0, shutdown.signal);
  return shutdown;
}

const storage: Provider[] = [
  {
    provide: TRUTH_STORE,
    useFactory: openStore,
    inject: [ApiServerConfig],
  },
  { provide: ResourceRegistry, useFactory: () => new ResourceRegistry(builtInResources()) },
  {
    provide: WatchCache,
    useFactory: (store: TruthStore, registry: ResourceRegistry) =>
      new WatchCache({
        source: store,
        describe: (key) => describeResource(registry, key),
        onError: (error: unknown) => log.error({ error }, 'the watch cache cannot follow the change log'),
      }),
    inject: [TRUTH_STORE, ResourceRegistry],
  },
  { provide: OBJECT_READER, useFactory: cachedReader, inject: [TRUTH_STORE, WatchCache] },
  { provide: SHUTDOWN, useFactory: createShutdown },
  {
    provide: STORAGE,
    useFactory: (
      store: TruthStore,
      cache: WatchCache,
      admission: AdmissionChain,
      addresses: ServiceAddresses,
      shutdown: AbortController,
    ): StorageContext => ({
      store,
      cache,
      admission,
      addresses,
      stale: store instanceof EncryptedStore ? store.stale : undefined,
      shutdown: shutdown.signal,
    }),
    inject: [TRUTH_STORE, WatchCache, AdmissionChain, ServiceAddresses, SHUTDOWN],
  },
];

/** In upstream's order. A plugin more is one line more. */
const admission: Provider[] = [
  {
    provide: ADMISSION_PLUGINS,
    useFactory: (
      reader: ObjectReader,
      { authorizer }: Authorization,
      rbac: RuleAuthorizer,
      webhooks: Webhooks,
      policies: Policies,
      registry: ResourceRegistry,
      config: ApiServerConfig,
      configuration: AdmissionConfiguration,
      modules: ModuleRef,
    ): AdmissionPlugin[] => {
      const { enableAdmissionPlugins: enable, disableAdmissionPlugins: disable } = config;
      const quotas = new StoredQuotas(registry, () => modules.get<StorageContext>(STORAGE));
      const plugins: AdmissionPlugin[] = [
        new NamespaceLifecyclePlugin(reader),
        new LimitRangerPlugin(reader),
        new ServiceAccountPlugin(reader),
        new NodeRestrictionPlugin(reader, audienceCheck(authorizer)),
        new TaintNodesByConditionPlugin(),
        new AlwaysPullImagesPlugin(),
        new PodSecurityPlugin(reader, configuration.podSecurity),
        new PriorityPlugin(reader),
        new DefaultTolerationSecondsPlugin(),
        eventRateLimit(configuration.eventLimits, enable),
        new DefaultStorageClassPlugin(reader),
        new StorageObjectInUseProtectionPlugin(),
        new OwnerReferencesPlugin(authorizer, registry),
        new PersistentVolumeClaimResizePlugin(reader),
        new RuntimeClassPlugin(reader),
        new CertificateApprovalPlugin(authorizer),
        new CertificateSigningPlugin(authorizer),
        new CertificateSubjectRestrictionPlugin(),
        new DefaultIngressClassPlugin(reader),
        ...outsidePlugins(config.admissionPluginModules, reader),
        policies.mutating,
        webhooks.mutating,
        policies.validating,
        webhooks.validating,
        new ResourceQuotaPlugin(quotas, configuration.limitedResources),
      ];
      // What upstream's storage of these kinds does: no flag switches it off, and it sees what the others made.
      const always = [
        new ClaimAccessPlugin(reader, authorizer),
        new PrivilegeEscalationPlugin(authorizer, rbac, reader),
      ];
      return [...selectPlugins(plugins, { enable, disable }), ...always];
    },
    inject: [
      OBJECT_READER,
      AUTHORIZATION,
      RuleAuthorizer,
      Webhooks,
      Policies,
      ResourceRegistry,
      ApiServerConfig,
      ADMISSION_CONFIGURATION,
      ModuleRef,
    ],
  },
  {
    provide: ADMISSION_CONFIGURATION,
    useFactory: ({ admissionControlConfigFile }: ApiServerConfig) =>
      readAdmissionConfiguration(admissionControlConfigFile),
    inject: [ApiServerConfig],
  },
  {
    provide: Webhooks,
    useFactory: (
      config: ApiServerConfig,
      cache: WatchCache,
      registry: ResourceRegistry,
      reader: ObjectReader,
      { authorizer }: Authorization,
      shutdown: AbortController,
      configuration: AdmissionConfiguration,
    ) =>
      new Webhooks(cache, registry, reader, {
        byEndpoints: config.enableAggregatorRouting,
        allowsOwnAddresses: config.allowLoopbackWebhooks,
        mutatingCredentials: configuration.mutatingCredentials,
        validatingCredentials: configuration.validatingCredentials,
        authorize: expressionAuthorizer(authorizer),
        shutdown: shutdown.signal,
      }),
    inject: [
      ApiServerConfig,
      WatchCache,
      ResourceRegistry,
      OBJECT_READER,
      AUTHORIZATION,
      SHUTDOWN,
      ADMISSION_CONFIGURATION,
    ],
  },
  {
    provide: Policies,
    useFactory: (
      cache: WatchCache,
      registry: ResourceRegistry,
      reader: ObjectReader,
      { authorizer }: Authorization,
      shutdown: AbortController,
    ) =>
      new Policies(cache, registry, reader, {
        authorize: expressionAuthorizer(authorizer),
        shutdown: shutdown.signal,
      }),
    inject: [WatchCache, ResourceRegistry, OBJECT_READER, AUTHORIZATION, SHUTDOWN],
  },
  {
    provide: AdmissionChain,
    useFactory: (plugins: AdmissionPlugin[]) => new AdmissionChain(plugins),
    inject: [ADMISSION_PLUGINS],
  },
];

@Module({})
export class ApiServerModule {
  static forRoot(config: ApiServerConfig): DynamicModule {
    return {
      module: ApiServerModule,
      providers: [
        { provide: ApiServerConfig, useValue: config },
        ...storage,
        ...admission,
        ...authenticationProviders,
        ...authorizationProviders,
        ...serviceProviders,
        CustomResourceController,
        AvailabilityChecks,
        Aggregator,
        LocalApiServices,
        HistoryCompactor,
        EventExpiry,
        BusAccess,
        WatchRelay,
        ApiServer,
      ],
    };
  }
}
