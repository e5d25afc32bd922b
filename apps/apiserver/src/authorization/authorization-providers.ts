import type { Provider } from '@nestjs/common';
import { componentGrants, NodeAuthorizer, NodeGraph, RuleAuthorizer, StoredGrants } from '@nestor/auth';
import { WatchCache } from '@nestor/watch';
import { ApiServerConfig } from '../apiserver.config';
import { AUTHORIZATION, SHUTDOWN } from '../apiserver.tokens';
import { nodeRules, simulatedNodesGrant } from '../bootstrap/policy/component-roles';
import { ResourceRegistry } from '../registry/resource-registry';
import { authorizationFromFile } from './authorization-file';
import { openAuthorization, type Authorization } from './create-authorizer';
import { checkFileStandsAlone, flagConfiguration } from './flag-configuration';
import { NodeRelations } from './node-relations';
import { StoredRoles } from './stored-roles';

function authorizationOf(
  config: ApiServerConfig,
  graph: NodeGraph,
  rbac: RuleAuthorizer,
  shutdown: AbortController,
): Authorization {
  const stored = { node: new NodeAuthorizer(graph, nodeRules), rbac };
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
    inject: [ApiServerConfig, NodeGraph, RuleAuthorizer, SHUTDOWN],
  },
  NodeGraph,
  {
    provide: NodeRelations,
    useFactory: (cache: WatchCache, registry: ResourceRegistry, graph: NodeGraph, shutdown: AbortController) =>
      new NodeRelations(cache, registry, graph, shutdown.signal),
    inject: [WatchCache, ResourceRegistry, NodeGraph, SHUTDOWN],
  },
  {
    provide: StoredRoles,
    useFactory: (cache: WatchCache, grants: StoredGrants, shutdown: AbortController) =>
      new StoredRoles(cache, grants, shutdown.signal),
    inject: [WatchCache, StoredGrants, SHUTDOWN],
  },
];
