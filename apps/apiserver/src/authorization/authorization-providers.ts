import type { Provider } from '@nestjs/common';
import { componentGrants, NodeAuthorizer, NodeGraph, RuleAuthorizer, StoredGrants } from '@nestor/auth';
import type { TruthStore } from '@nestor/store';
import { WatchCache } from '@nestor/watch';
import { ApiServerConfig } from '../apiserver.config';
import { AUTHORIZATION, SHUTDOWN, TRUTH_STORE } from '../apiserver.tokens';
import { nodeRules, simulatedNodesGrant } from '../bootstrap/policy/component-roles';
import { ResourceRegistry } from '../registry/resource-registry';
import { authorizationFromFile } from './authorization-file';
import { openAuthorization, type Authorization } from './create-authorizer';
import { checkFileStandsAlone, flagConfiguration } from './flag-configuration';
import { NodeRelations } from './node-relations';
import { StoredRoles } from './stored-roles';

function authorizationOf(
  config: ApiServerConfig,
  node: NodeAuthorizer,
  rbac: RuleAuthorizer,
  shutdown: AbortController,
): Authorization {
  const stored = { node, rbac };
  const { authorizationConfig } = config;
  if (!authorizationConfig) return openAuthorization(flagConfiguration(config), stored);
  checkFileStandsAlone(config);
  return authorizationFromFile(authorizationConfig, stored, shutdown.signal);
}

/** Who decides what callers may do, and what keeps that up to date. */
export const authorizationProviders: Provider[] = [
  StoredGrants,
  {
    provide: RuleAuthorizer,
    useFactory: (stored: StoredGrants) => new RuleAuthorizer([componentGrants(simulatedNodesGrant), stored]),
    inject: [StoredGrants],
  },
  {
    provide: AUTHORIZATION,
    useFactory: authorizationOf,
    inject: [ApiServerConfig, NodeAuthorizer, RuleAuthorizer, SHUTDOWN],
  },
  NodeGraph,
  {
    provide: NodeAuthorizer,
    useFactory: (graph: NodeGraph, relations: NodeRelations) =>
      new NodeAuthorizer(graph, nodeRules, () => relations.catchUp()),
    inject: [NodeGraph, NodeRelations],
  },
  {
    provide: NodeRelations,
    useFactory: (
      store: TruthStore,
      cache: WatchCache,
      registry: ResourceRegistry,
      graph: NodeGraph,
      shutdown: AbortController,
    ) => new NodeRelations(store, cache, registry, graph, shutdown.signal),
    inject: [TRUTH_STORE, WatchCache, ResourceRegistry, NodeGraph, SHUTDOWN],
  },
  {
    provide: StoredRoles,
    useFactory: (cache: WatchCache, grants: StoredGrants, shutdown: AbortController) =>
      new StoredRoles(cache, grants, shutdown.signal),
    inject: [WatchCache, StoredGrants, SHUTDOWN],
  },
];
