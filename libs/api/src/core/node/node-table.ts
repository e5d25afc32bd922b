import { findCondition } from '../../meta/conditions';
import type { Node } from '../../meta/json-types';
import { age, ageColumn, column, nameColumn, orNone, wideColumn } from '../../registry/define-kind';
import type { TableColumn } from '../../resource-definition';

export const nodeColumns: readonly TableColumn[] = [
  nameColumn,
  column('Status', 'string', 'The status of the node'),
  column('Roles', 'string', 'The roles of the node'),
  ageColumn,
  column('Version', 'string', 'Kubelet Version reported by the node.'),
  wideColumn('Internal-IP'),
  wideColumn('External-IP'),
  wideColumn('OS-Image'),
  wideColumn('Kernel-Version'),
  wideColumn('Container-Runtime'),
];

const rolePrefix = 'node-role.kubernetes.io/';

function roles(node: Node): string {
  const found = new Set<string>();
  for (const [key, value] of Object.entries(node.metadata.labels ?? {})) {
    if (key.startsWith(rolePrefix) && key.length > rolePrefix.length) found.add(key.slice(rolePrefix.length));
    else if (key === 'kubernetes.io/role' && value) found.add(value);
  }
  return orNone([...found].sort().join(','));
}

function status(node: Node): string {
  const ready = findCondition(node.status?.conditions, 'Ready');
  const text = ready === undefined ? 'Unknown' : ready.status === 'True' ? 'Ready' : 'NotReady';
  return node.spec?.unschedulable ? `${text},SchedulingDisabled` : text;
}

const address = (node: Node, type: string): string =>
  orNone(node.status?.addresses?.find((candidate) => candidate.type === type)?.address);

export function nodeCells(node: Node, now: Date): unknown[] {
  const info = node.status?.nodeInfo;
  return [
    node.metadata.name,
    status(node),
    roles(node),
    age(node, now),
    info?.kubeletVersion ?? '',
    address(node, 'InternalIP'),
    address(node, 'ExternalIP'),
    info?.osImage || '<unknown>',
    info?.kernelVersion || '<unknown>',
    info?.containerRuntimeVersion || '<unknown>',
  ];
}
