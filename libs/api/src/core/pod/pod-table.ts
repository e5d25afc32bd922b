import { isConditionTrue } from '../../meta/conditions';
import type { Pod } from '../../meta/json-types';
import { age, ageColumn, column, nameColumn, orNone, wideColumn } from '../../registry/define-kind';
import type { TableColumn } from '../../resource-definition';
import { podSummary } from './pod-status-text';

export const podColumns: readonly TableColumn[] = [
  nameColumn,
  column('Ready', 'string', 'The aggregate readiness state of this pod for accepting traffic.'),
  column('Status', 'string', 'The aggregate status of the containers in this pod.'),
  column(
    'Restarts',
    'string',
    'The number of times the containers in this pod have been restarted and when the last container in this pod has restarted.',
  ),
  ageColumn,
  wideColumn('IP', 'string', 'podIP address allocated to the pod.'),
  wideColumn('Node', 'string', 'NodeName indicates in which node this pod is scheduled.'),
  wideColumn(
    'Nominated Node',
    'string',
    'nominatedNodeName is set only when this pod preempts other pods on the node.',
  ),
  wideColumn('Readiness Gates', 'string', 'If specified, all readiness gates will be evaluated for pod readiness.'),
];

function readinessGates(pod: Pod): string {
  const gates = pod.spec?.readinessGates ?? [];
  if (gates.length === 0) return '<none>';
  const met = gates.filter((gate) => isConditionTrue(pod.status?.conditions, gate.conditionType)).length;
  return `${met}/${gates.length}`;
}

export function podCells(pod: Pod, now: Date): unknown[] {
  const { ready, status, restarts } = podSummary(pod, now);
  return [
    pod.metadata.name,
    ready,
    status,
    restarts,
    age(pod, now),
    orNone(pod.status?.podIPs?.[0]?.ip ?? pod.status?.podIP),
    orNone(pod.spec?.nodeName),
    orNone(pod.status?.nominatedNodeName),
    readinessGates(pod),
  ];
}
