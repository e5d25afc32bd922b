import type { DeepReadonly, DeviceTaintRule } from '@nestor/api';

type Rule = DeepReadonly<DeviceTaintRule>;
type Condition = NonNullable<NonNullable<DeviceTaintRule['status']>['conditions']>[number];

export const conditionType = 'EvictionInProgress';

/** What a rule does, or with the effect None would do. */
export interface RuleFacts {
  /** Pods that have to go, or would have to. */
  pods: number;
  namespaces: number;
  /** Devices in slices, and those of claims. */
  published: number;
  allocated: number;
  /** Pods that it has evicted while this controller ran. */
  evicted: number;
}

export const conditionOf = ({ status }: Rule) => status?.conditions?.find(({ type }) => type === conditionType);

/** Controller.maybeUpdateRuleStatus, in its words. */
export function evictionCondition({ metadata, spec }: Rule, facts: RuleFacts): Omit<Condition, 'lastTransitionTime'> {
  const { status = 'False', reason, message = '' } = stateOf(spec.taint.effect, facts);
  const evicted =
    facts.evicted > 0 ? `${count(facts.evicted, 'pod', 'pods')} evicted since starting the controller.` : '';
  return {
    type: conditionType,
    status,
    reason,
    message: [message, evicted].filter(Boolean).join(' '),
    observedGeneration: metadata.generation,
  };
}

function stateOf(effect: string, facts: RuleFacts): { status?: string; reason: string; message?: string } {
  const { pods, published, allocated, evicted } = facts;
  if (effect === 'NoExecute') {
    if (pods === 0) return { reason: evicted > 0 ? 'Completed' : 'NotStarted' };
    const message = `${count(pods, 'pod needs', 'pods need')} to be evicted in ${inNamespaces(facts)}.`;
    return { status: 'True', reason: 'PodsPendingEviction', message };
  }
  if (effect !== 'None') {
    return { reason: 'OtherEffect', message: 'Eviction only happens for the NoExecute effect.' };
  }
  const message = [
    `${count(published, 'published device', 'published devices')} selected.`,
    `${count(allocated, 'allocated device', 'allocated devices')} selected.`,
    `${count(pods, 'pod', 'pods')} would be evicted in ${inNamespaces(facts)} if the effect was NoExecute.`,
    'This information will not be updated again. Recreate the DeviceTaintRule to trigger an update.',
  ];
  return { reason: 'NoEffect', message: message.join(' ') };
}

const count = (n: number, one: string, many: string): string => `${n} ${n === 1 ? one : many}`;
const inNamespaces = ({ namespaces }: RuleFacts): string => count(namespaces, 'namespace', 'different namespaces');
