import type { DeepReadonly, PodFailurePolicyRule } from '@nestor/api';
import type { ObservedJob, ObservedPod } from './job-state';

type Rule = DeepReadonly<PodFailurePolicyRule>;

export interface FailureVerdict {
  /** Set when the whole Job fails by it. */
  failsJob?: string;
  /** Whether the failure counts towards the back-off limits. */
  isCounted: boolean;
  action?: string;
}

const counted: FailureVerdict = { isCounted: true };

/** What the Job's policy says about a failed pod: the first rule that matches decides. */
export function judgeFailure({ spec }: ObservedJob, pod: ObservedPod): FailureVerdict {
  const rules = spec?.podFailurePolicy?.rules ?? [];
  for (const [index, rule] of rules.entries()) {
    const why = rule.onExitCodes ? matchExitCodes(rule, pod) : matchConditions(rule, pod);
    if (why === undefined) continue;
    const { action } = rule;
    if (action === 'Ignore') return { isCounted: false, action };
    if (action === 'FailJob') {
      return { isCounted: true, action, failsJob: `${why} matching ${action} rule at index ${index}` };
    }
    if (action === 'Count' || action === 'FailIndex') return { isCounted: true, action };
  }
  return counted;
}

function matchExitCodes({ onExitCodes: rule }: Rule, { metadata, status }: ObservedPod): string | undefined {
  const containers = [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])];
  for (const { name, state } of containers) {
    const code = state?.terminated?.exitCode ?? 0;
    if (code === 0 || (rule?.containerName !== undefined && rule.containerName !== name)) continue;
    if ((rule?.values.includes(code) ?? false) !== (rule?.operator === 'In')) continue;
    return `Container ${name} for pod ${metadata.namespace}/${metadata.name} failed with exit code ${code}`;
  }
  return undefined;
}

function matchConditions({ onPodConditions }: Rule, { metadata, status }: ObservedPod): string | undefined {
  const found = status?.conditions?.find((condition) =>
    onPodConditions?.some((pattern) => pattern.type === condition.type && pattern.status === condition.status),
  );
  return found && `Pod ${metadata.namespace}/${metadata.name} has condition ${found.type}`;
}
