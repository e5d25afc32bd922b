import { compileDeviceSelector, toleratesDeviceTaint, type DeepReadonly, type Device } from '@nestor/api';
import { AllocationError } from './allocation-error';
import type { Candidate } from './device-pools';
import type { Alternative } from './wanted-devices';

/** Devices as published never change: what a selector says of one holds for as long as it is there. */
const answers = new WeakMap<DeepReadonly<Device>, Map<string, boolean>>();

function selects(expression: string, { device, slice, id }: Candidate, whose: string): boolean {
  const known = answers.get(device) ?? new Map<string, boolean>();
  answers.set(device, known);
  const key = `${slice.spec.driver} ${expression}`;
  const before = known.get(key);
  if (before !== undefined) return before;
  const selector = compileDeviceSelector(expression);
  if (selector.error !== undefined) throw new AllocationError(`${whose}: CEL compile error: ${selector.error}`);
  try {
    const answer = selector.matches({ ...device, driver: slice.spec.driver });
    known.set(key, answer);
    return answer;
  } catch (error) {
    const why = (error as Error).message;
    throw new AllocationError(`${whose} on device ${id}: CEL runtime error: ${why}`, { cause: error });
  }
}

/** Whether the class's selectors and the request's own take the device. */
export function isSelected({ deviceClass, selectors }: Alternative, candidate: Candidate, claim: string): boolean {
  const ofClass = deviceClass.spec.selectors ?? [];
  return (
    ofClass.every(({ cel }, at) =>
      selects(cel?.expression ?? '', candidate, `class ${deviceClass.metadata.name}: selector #${at}`),
    ) && selectors.every(({ cel }, at) => selects(cel?.expression ?? '', candidate, `claim ${claim}: selector #${at}`))
  );
}

/** A taint of another effect, such as None, prevents nothing. */
export function isRepelled({ taints }: Candidate, { tolerations }: Alternative): boolean {
  return taints.some(
    (taint) =>
      (taint.effect === 'NoExecute' || taint.effect === 'NoSchedule') &&
      !tolerations.some((toleration) => toleratesDeviceTaint(toleration, taint)),
  );
}
