import type { FieldError } from '../../errors/field-error';
import type { Pod } from '../../meta/json-types';
import type { RestStrategy, StrategyContext } from '../../resource-definition';
import { isTerminalPhase } from './pod-conditions';
import { mirrorServiceAccount, setPodDefaults } from './pod-defaults';
import { keepAllButEphemeralContainers, keepAllButResources } from './pod-parts';
import { podQosClass } from './pod-qos';
import { validatePod } from './validation/pod';
import { validatePodStatusUpdate, validatePodUpdate } from './validation/pod-update';

function prepareForCreate(pod: Pod): void {
  if (pod.spec) mirrorServiceAccount(pod.spec);
  pod.status = { phase: 'Pending', qosClass: podQosClass(pod) };
  if (pod.spec?.schedulingGates?.length) {
    pod.status.conditions = [
      {
        type: 'PodScheduled',
        status: 'False',
        reason: 'SchedulingGated',
        message: 'Scheduling is blocked due to non-empty scheduling gates',
      },
    ];
  }
}

/** The main resource never touches the status, the status subresource nothing else. */
function prepareForUpdate(pod: Pod, old: Readonly<Pod>, context: StrategyContext): void {
  if (context.subresource === 'status') {
    pod.spec = old.spec;
    pod.metadata.deletionTimestamp = old.metadata.deletionTimestamp;
    pod.metadata.ownerReferences = old.metadata.ownerReferences;
    const status = (pod.status ??= {});
    status.qosClass ||= old.status?.qosClass;
    // podIP and podIPs say the same twice; the list is the one that counts.
    const first = status.podIPs?.[0]?.ip;
    if (first) status.podIP = first;
    else if (status.podIP) status.podIPs = [{ ip: status.podIP }];
    return;
  }
  if (context.subresource === 'resize') return keepAllButResources(pod, old);
  if (context.subresource === 'ephemeralcontainers') return keepAllButEphemeralContainers(pod, old);
  if (pod.spec) mirrorServiceAccount(pod.spec);
  pod.status = old.status;
}

export const podStrategy: RestStrategy = {
  setDefaults: setPodDefaults,
  prepareForCreate,
  prepareForUpdate,
  validate: validatePod,
  validateUpdate: (pod: Pod, old: Pod, context: StrategyContext): FieldError[] =>
    context.subresource === 'status' ? validatePodStatusUpdate(pod, old) : validatePodUpdate(pod, old, context),
  defaultGracePeriodSeconds: (pod: Pod) => pod.spec?.terminationGracePeriodSeconds ?? 30,
  // Nobody runs it (any more): there is no kubelet to wait for.
  deleteImmediately: (pod: Pod) => !pod.spec?.nodeName || isTerminalPhase(pod.status?.phase),
};
