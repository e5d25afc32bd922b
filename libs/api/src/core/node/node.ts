import type { Node } from '../../meta/json-types';
import { defineKind } from '../../registry/define-kind';
import { nodeCells, nodeColumns } from './node-table';
import { nodeStrategy } from './node-strategy';

export const nodeDefinition = defineKind({
  group: '',
  version: 'v1',
  kind: 'Node',
  plural: 'nodes',
  shortNames: ['no'],
  namespaced: false,
  definition: 'io.k8s.api.core.v1.Node',
  hasStatus: true,
  strategy: nodeStrategy,
  columns: nodeColumns,
  cells: nodeCells,
  selectableFields: (node: Node) => ({ 'spec.unschedulable': String(node.spec?.unschedulable ?? false) }),
  selectableFieldNames: ['spec.unschedulable'],
});
