import type { Node } from '@nestor/api';
import type { AdmissionPlugin, AdmissionRequest } from '../../admission-plugin';

const notReady = 'node.kubernetes.io/not-ready';

/** A new node takes no pods until it has reported Ready once (plugin TaintNodesByCondition). */
export class TaintNodesByConditionPlugin implements AdmissionPlugin {
  readonly name = 'TaintNodesByCondition';

  handles({ operation, group, resource, subresource }: AdmissionRequest): boolean {
    return operation === 'CREATE' && group === '' && resource === 'nodes' && subresource === '';
  }

  admit({ object }: AdmissionRequest): void {
    const node = object as Node;
    node.spec ??= {};
    const taints = node.spec.taints ?? [];
    if (taints.some(({ key, effect }) => key === notReady && effect === 'NoSchedule')) return;
    node.spec.taints = [...taints, { key: notReady, effect: 'NoSchedule' }];
  }
}
