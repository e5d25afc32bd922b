import { configMapDefinition } from './config-map';
import { endpointsDefinition } from './endpoints';
import { eventDefinition } from './event';
import { limitRangeDefinition } from './limit-range/limit-range';
import { namespaceDefinition } from './namespace';
import { nodeDefinition } from './node/node';
import { podDefinition } from './pod/pod';
import { persistentVolumeDefinition } from './storage/persistent-volume';
import { persistentVolumeClaimDefinition } from './storage/persistent-volume-claim';
import { podTemplateDefinition } from './pod-template';
import { replicationControllerDefinition } from './replication-controller';
import { resourceQuotaDefinition } from './resource-quota/resource-quota';
import { secretDefinition } from './secret/secret';
import { serviceAccountDefinition } from './service-account';
import { serviceDefinition } from './service/service';
import type { ResourceDefinition } from '../resource-definition';

export const coreDefinitions: readonly ResourceDefinition[] = [
  configMapDefinition,
  endpointsDefinition,
  eventDefinition,
  limitRangeDefinition,
  namespaceDefinition,
  nodeDefinition,
  podDefinition,
  podTemplateDefinition,
  persistentVolumeDefinition,
  persistentVolumeClaimDefinition,
  replicationControllerDefinition,
  resourceQuotaDefinition,
  secretDefinition,
  serviceAccountDefinition,
  serviceDefinition,
];
