import { customResourceDefinitionDefinition } from '../apiextensions/custom-resource-definition';
import { deploymentDefinition } from '../apps/deployment';
import { replicaSetDefinition } from '../apps/replica-set';
import { leaseDefinition } from '../coordination/lease';
import { configMapDefinition } from '../core/config-map';
import { endpointsDefinition } from '../core/endpoints';
import { eventDefinition } from '../core/event';
import { namespaceDefinition } from '../core/namespace';
import { nodeDefinition } from '../core/node/node';
import { podDefinition } from '../core/pod/pod';
import { secretDefinition } from '../core/secret/secret';
import { serviceAccountDefinition } from '../core/service-account';
import { serviceDefinition } from '../core/service/service';
import { endpointSliceDefinition } from '../discovery/endpoint-slice';
import { newEventDefinition } from '../events/event';
import type { ResourceDefinition } from '../resource-definition';

/** A new kind is one file and one line here. */
const definitions: readonly ResourceDefinition[] = [
  configMapDefinition,
  endpointsDefinition,
  eventDefinition,
  namespaceDefinition,
  nodeDefinition,
  podDefinition,
  secretDefinition,
  serviceAccountDefinition,
  serviceDefinition,
  deploymentDefinition,
  replicaSetDefinition,
  leaseDefinition,
  endpointSliceDefinition,
  newEventDefinition,
  customResourceDefinitionDefinition,
];

export function builtInResources(): ResourceDefinition[] {
  return [...definitions];
}

const byPlural = new Map(definitions.map((one) => [`${one.group}/${one.version}/${one.plural}`, one]));
const byKind = new Map(definitions.map((one) => [`${one.group}/${one.version}/${one.kind}`, one]));

export function builtInByPlural(group: string, version: string, plural: string): ResourceDefinition | undefined {
  return byPlural.get(`${group}/${version}/${plural}`);
}
export function builtInByKind(group: string, version: string, kind: string): ResourceDefinition | undefined {
  return byKind.get(`${group}/${version}/${kind}`);
}
