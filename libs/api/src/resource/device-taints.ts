import type { DeepReadonly, DeviceTaint, DeviceTaintRule, DeviceToleration } from '../meta/json-types';

type Taint = Pick<DeepReadonly<DeviceTaint>, 'key' | 'value' | 'effect'>;

/** resourceclaim.ToleratesTaint */
export function toleratesDeviceTaint(toleration: DeepReadonly<DeviceToleration>, taint: Taint): boolean {
  const { key, operator = 'Equal', value = '', effect } = toleration;
  return (
    (!effect || effect === taint.effect) &&
    (!key || key === taint.key) &&
    (operator === 'Exists' || (operator === 'Equal' && value === (taint.value ?? '')))
  );
}

/** A rule without a selector taints nothing, one with an empty selector all. */
export function taintsDevice(
  { spec: { deviceSelector } }: DeepReadonly<DeviceTaintRule>,
  { driver, pool, device }: { driver: string; pool: string; device: string },
): boolean {
  if (!deviceSelector) return false;
  const fits = (wanted: string | undefined, name: string): boolean => wanted === undefined || wanted === name;
  return fits(deviceSelector.driver, driver) && fits(deviceSelector.pool, pool) && fits(deviceSelector.device, device);
}
