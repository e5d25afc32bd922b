import { admissionregistrationDefinitions } from '../admissionregistration/definitions';
import { apiextensionsDefinitions } from '../apiextensions/definitions';
import { apiregistrationDefinitions } from '../apiregistration/definitions';
import { apiserverinternalDefinitions } from '../apiserverinternal/definitions';
import { appsDefinitions } from '../apps/definitions';
import { autoscalingDefinitions } from '../autoscaling/definitions';
import { batchDefinitions } from '../batch/definitions';
import { certificatesDefinitions } from '../certificates/definitions';
import { coordinationDefinitions } from '../coordination/definitions';
import { coreDefinitions } from '../core/definitions';
import { discoveryDefinitions } from '../discovery/definitions';
import { eventsDefinitions } from '../events/definitions';
import { networkingDefinitions } from '../networking/definitions';
import { nodeDefinitions } from '../node/definitions';
import { policyDefinitions } from '../policy/definitions';
import { rbacDefinitions } from '../rbac/definitions';
import { resourceDefinitions } from '../resource/definitions';
import type { ResourceDefinition } from '../resource-definition';
import { schedulingDefinitions } from '../scheduling/definitions';
import { storageDefinitions } from '../storage/definitions';

/** A new kind is one file and one line in its group's definitions. */
const definitions: readonly ResourceDefinition[] = [
  ...coreDefinitions,
  ...appsDefinitions,
  ...apiserverinternalDefinitions,
  ...autoscalingDefinitions,
  ...batchDefinitions,
  ...certificatesDefinitions,
  ...coordinationDefinitions,
  ...discoveryDefinitions,
  ...eventsDefinitions,
  ...networkingDefinitions,
  ...nodeDefinitions,
  ...policyDefinitions,
  ...rbacDefinitions,
  ...resourceDefinitions,
  ...schedulingDefinitions,
  ...storageDefinitions,
  ...admissionregistrationDefinitions,
  ...apiextensionsDefinitions,
  ...apiregistrationDefinitions,
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
