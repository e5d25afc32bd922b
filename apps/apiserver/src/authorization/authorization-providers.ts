import type { Provider } from '@nestjs/common';
import { componentGrants, NodeAuthorizer, NodeGraph, RuleAuthorizer, StoredGrants } from '@nestor/auth';
import { WatchCache } from '@nestor/watch';
import { ApiServerConfig } from '../apiserver.config';
import { AUTHORIZATION, SHUTDOWN } from '../apiserver.tokens';
import { nodeRules, simulatedNodesGrant } from '../bootstrap/policy/component-roles';
import { ResourceRegistry } from '../registry/resource-registry';
import { openAuthorization } from './create-authorizer';
import { flagConfiguration } from './flag-configuration';
import { NodeRelations } from './node-relations';
import { StoredRoles } from './stored-roles';

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
    useFactory: (config: ApiServerConfig, graph: NodeGraph, rbac: RuleAuthorizer) =>
      openAuthorization(flagConfiguration(config), { node: new NodeAuthorizer(graph, nodeRules), rbac }),
    inject: [ApiServerConfig, NodeGraph, RuleAuthorizer],
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
