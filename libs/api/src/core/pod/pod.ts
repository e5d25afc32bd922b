import type { Pod } from '../../meta/json-types';
import { defineKind } from '../../registry/define-kind';
import { podStrategy } from './pod-strategy';
import { podCells, podColumns } from './pod-table';

const fields = (pod: Pod): Record<string, string> => ({
  'spec.nodeName': pod.spec?.nodeName ?? '',
  'spec.restartPolicy': pod.spec?.restartPolicy ?? '',
  'spec.schedulerName': pod.spec?.schedulerName ?? '',
  'spec.serviceAccountName': pod.spec?.serviceAccountName ?? '',
  'spec.hostNetwork': String(pod.spec?.hostNetwork ?? false),
  'status.phase': pod.status?.phase ?? '',
  'status.podIP': pod.status?.podIPs?.[0]?.ip ?? pod.status?.podIP ?? '',
  'status.podIPs': (pod.status?.podIPs ?? []).map(({ ip }) => ip).join(','),
  'status.nominatedNodeName': pod.status?.nominatedNodeName ?? '',
});

export const podDefinition = defineKind({
  group: '',
  version: 'v1',
  kind: 'Pod',
  plural: 'pods',
  shortNames: ['po'],
  categories: ['all'],
  namespaced: true,
  definition: 'io.k8s.api.core.v1.Pod',
  hasStatus: true,
  hasGeneration: true,
  strategy: podStrategy,
  columns: podColumns,
  cells: podCells,
  selectableFields: fields,
  selectableFieldNames: [
    'spec.nodeName',
    'spec.restartPolicy',
    'spec.schedulerName',
    'spec.serviceAccountName',
    'spec.hostNetwork',
    'status.phase',
    'status.podIP',
    'status.podIPs',
    'status.nominatedNodeName',
  ],
});
