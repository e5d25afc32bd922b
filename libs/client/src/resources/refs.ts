import type { ApiObject } from '@nestor/api';
import type * as api from '@nestor/api';
import type { ResourceRef } from '../contracts';

/** A ResourceRef that knows the type of its objects; the type exists for the compiler only. */
export interface TypedRef<T extends ApiObject> extends ResourceRef {
  readonly __object?: T;
}

function ref<T extends ApiObject>(group: string, version: string, plural: string, kind: string): TypedRef<T> {
  return { group, version, plural, kind, namespaced: true };
}
function clusterRef<T extends ApiObject>(group: string, version: string, plural: string, kind: string): TypedRef<T> {
  return { group, version, plural, kind, namespaced: false };
}

/** Every built-in resource that a component names. Others (custom resources) come from discovery. */
export const refs = {
  pods: ref<api.Pod>('', 'v1', 'pods', 'Pod'),
  nodes: clusterRef<api.Node>('', 'v1', 'nodes', 'Node'),
  namespaces: clusterRef<api.Namespace>('', 'v1', 'namespaces', 'Namespace'),
  services: ref<api.Service>('', 'v1', 'services', 'Service'),
  endpoints: ref<api.Endpoints>('', 'v1', 'endpoints', 'Endpoints'),
  configMaps: ref<api.ConfigMap>('', 'v1', 'configmaps', 'ConfigMap'),
  secrets: ref<api.Secret>('', 'v1', 'secrets', 'Secret'),
  serviceAccounts: ref<api.ServiceAccount>('', 'v1', 'serviceaccounts', 'ServiceAccount'),
  events: ref<api.CoreEvent>('', 'v1', 'events', 'Event'),
  endpointSlices: ref<api.EndpointSlice>('discovery.k8s.io', 'v1', 'endpointslices', 'EndpointSlice'),
  leases: ref<api.Lease>('coordination.k8s.io', 'v1', 'leases', 'Lease'),
  deployments: ref<api.Deployment>('apps', 'v1', 'deployments', 'Deployment'),
  replicaSets: ref<api.ReplicaSet>('apps', 'v1', 'replicasets', 'ReplicaSet'),
  customResourceDefinitions: clusterRef<api.CustomResourceDefinition>(
    'apiextensions.k8s.io',
    'v1',
    'customresourcedefinitions',
    'CustomResourceDefinition',
  ),
};
